const longest = 44;
const sharedAtLeast = 16;

/**
 * Names for a narrow place: a long beginning that all have in common is left out, and what is still too long is cut in its
 * middle, for names differ at their ends.
 */
export function shortNames(names: readonly string[]): string[] {
  if (names.every((name) => name.length <= longest)) return [...names];
  const shared = names.length > 1 ? sharedStart(names) : 0;
  return names.map((name) => middleCut(shared >= sharedAtLeast ? `…${name.slice(shared)}` : name));
}

function sharedStart(names: readonly string[]): number {
  let length = 0;
  while (names.every((name) => length < name.length && name[length] === names[0][length])) length++;
  // Up to the last mark: a word is not cut in two.
  return names[0].slice(0, length).search(/[^\p{L}\p{N}][\p{L}\p{N}]*$/u) + 1;
}

function middleCut(name: string): string {
  if (name.length <= longest) return name;
  const head = Math.floor((longest - 1) / 3);
  return `${name.slice(0, head)}…${name.slice(head + 1 - longest)}`;
}
