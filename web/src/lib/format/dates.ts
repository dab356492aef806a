let days: Intl.DateTimeFormat | undefined;

/** The day as the viewer's language writes it: "12 May". The formatter is made late: it costs 20 ms, and most times are of today. */
function printDay(timeMs: number): string {
  days ??= new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
  return days.format(timeMs);
}

function isSameDay(timeMs: number, otherMs: number): boolean {
  return new Date(timeMs).toDateString() === new Date(otherMs).toDateString();
}

/** The time of day in the viewer's zone: "14:32". */
function hourMinute(timeMs: number): string {
  const time = new Date(timeMs);
  return `${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
}

/** The time of day, to the second: "14:32:07". */
export function printTime(timeMs: number): string {
  return `${hourMinute(timeMs)}:${twoDigits(new Date(timeMs).getSeconds())}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** A moment in the viewer's zone, as exact as the distance of points makes sense: with the day when it is not today. */
export function printMoment(timeMs: number, nowMs: number, stepMs = 1000): string {
  const clock = stepMs >= 60_000 ? hourMinute(timeMs) : printTime(timeMs);
  if (isSameDay(timeMs, nowMs)) return clock;
  const year = new Date(timeMs).getFullYear();
  return `${printDay(timeMs)}${year === new Date(nowMs).getFullYear() ? '' : ` ${year}`}, ${clock}`;
}

/** Labels under a time axis: seconds only when they differ, the day where it changes. */
export function printTimeAxis(timesMs: readonly number[], stepMs: number): string[] {
  return timesMs.map((timeMs, i) => {
    if (stepMs >= 86_400_000) return printDay(timeMs);
    const clock = hourMinute(timeMs);
    if (clock === '00:00' && (i > 0 || timesMs.length === 1)) return printDay(timeMs);
    return stepMs < 60_000 ? printTime(timeMs) : clock;
  });
}

/** A window: "12 May, 14:00 – 14:30". */
export function printWindow(fromMs: number, toMs: number, nowMs: number): string {
  const stepMs = toMs - fromMs < 600_000 ? 1000 : 60_000;
  const end = printMoment(toMs, isSameDay(fromMs, toMs) ? toMs : nowMs, stepMs);
  return `${printMoment(fromMs, nowMs, stepMs)} – ${end}`;
}

/** A window for who reads it elsewhere and later: "29 Nov 2026, 20:08:10 – 20:13:10 UTC". */
export function printSpan(fromMs: number, toMs: number): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  const clock = toMs - fromMs < 600_000 ? printTime : hourMinute;
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(toMs);
  const zone = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  const end = isSameDay(fromMs, toMs) ? clock(toMs) : `${day.format(toMs)}, ${clock(toMs)}`;
  return `${day.format(fromMs)}, ${clock(fromMs)} – ${end} ${zone}`.trim();
}

/** For `<input type="datetime-local">`: the viewer's wall clock. */
export function toLocalInput(timeMs: number): string {
  const offsetMs = new Date(timeMs).getTimezoneOffset() * 60_000;
  return new Date(timeMs - offsetMs).toISOString().slice(0, 19);
}
