const formats = new Map<string, Intl.DateTimeFormat>();

/** Formatters are dear to make and cheap to use. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(undefined, options)));
  return made;
}

const hourMinute = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const toSecond = { ...hourMinute, second: '2-digit' } as const;
const day = { day: 'numeric', month: 'short' } as const;

/** The time of day, to the second: "14:32:07". */
export function printTime(timeMs: number): string {
  return format(toSecond).format(timeMs);
}

/** A moment in the viewer's zone, as exact as the distance of points makes sense: with the day when it is not today. */
export function printMoment(timeMs: number, nowMs: number, stepMs = 1000): string {
  const clock = stepMs >= 60_000 ? hourMinute : toSecond;
  const sameDay = format(day).format(timeMs) === format(day).format(nowMs);
  return format(sameDay ? clock : { ...day, ...clock }).format(timeMs);
}

/** Labels under a time axis: seconds only when they differ, the day where it changes. */
export function printTimeAxis(timesMs: readonly number[], stepMs: number): string[] {
  return timesMs.map((timeMs, i) => {
    if (stepMs >= 86_400_000) return format(day).format(timeMs);
    const midnight = format(hourMinute).format(timeMs) === '00:00';
    if (midnight && (i > 0 || timesMs.length === 1)) return format(day).format(timeMs);
    return format(stepMs < 60_000 ? toSecond : hourMinute).format(timeMs);
  });
}

/** A window: "12 May, 14:00 – 14:30". */
export function printWindow(fromMs: number, toMs: number, nowMs: number): string {
  const step = toMs - fromMs < 600_000 ? 1000 : 60_000;
  const sameDay = format(day).format(fromMs) === format(day).format(toMs);
  const end = sameDay ? format(step >= 60_000 ? hourMinute : toSecond).format(toMs) : printMoment(toMs, nowMs, step);
  return `${printMoment(fromMs, nowMs, step)} – ${end}`;
}

/** For `<input type="datetime-local">`: the viewer's wall clock. */
export function toLocalInput(timeMs: number): string {
  const offsetMs = new Date(timeMs).getTimezoneOffset() * 60_000;
  return new Date(timeMs - offsetMs).toISOString().slice(0, 19);
}
