/**
 * Orders names as people do: "cpu2" before "cpu10", "Disk" beside "disk". Not `Intl.Collator`, which costs 20 ms when the
 * first one is made: that would be in front of the first chart.
 */
export function naturalOrder(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(j);
    if (isDigit(left) && isDigit(right)) {
      let x = 0;
      let y = 0;
      for (; isDigit(a.charCodeAt(i)); i++) x = x * 10 + a.charCodeAt(i) - zero;
      for (; isDigit(b.charCodeAt(j)); j++) y = y * 10 + b.charCodeAt(j) - zero;
      if (x !== y) return x - y;
      continue;
    }
    if (left !== right) return lower(left) - lower(right) || left - right;
    i++;
    j++;
  }
  return a.length - i - (b.length - j);
}

const zero = 48;

function isDigit(code: number): boolean {
  return code >= zero && code <= zero + 9;
}

function lower(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}
