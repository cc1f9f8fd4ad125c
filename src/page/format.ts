/** A length of time as one reads it: `4 ms`, `1.24 s`, `3 min`, `2.5 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${trimmed(ms / 1_000, 2)} s`;
  if (ms < 60_000) return `${trimmed(ms / 1_000)} s`;
  if (ms < 5_400_000) return `${trimmed(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${trimmed(ms / 3_600_000)} h`;
  return `${trimmed(ms / 86_400_000)} days`;
}

/** How many bytes, as one reads it. */
export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`;
  if (count < 1_048_576) return `${trimmed(count / 1_024)} KiB`;
  if (count < 1_073_741_824) return `${trimmed(count / 1_048_576)} MiB`;
  return `${trimmed(count / 1_073_741_824)} GiB`;
}

/** So that a column of times stays one: `09:30:00.123` of today, with the date before it else. By this machine's zone. */
export function clockTime(iso: string, nowMs: number): string {
  const at = new Date(iso);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return at.toDateString() === new Date(nowMs).toDateString()
    ? time
    : `${two(at.getMonth() + 1)}-${two(at.getDate())} ${time.slice(0, 8)}`;
}

/** Date, time and zone. */
export function fullTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, {
    year: "numeric",
    month: "short",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hourCycle: "h23",
    timeZoneName: "short",
  });
}

/** How long until, or since: `in 12 s`, `4 min ago`. */
export function fromNow(iso: string, nowMs: number): string {
  const away = Date.parse(iso) - nowMs;
  if (Math.abs(away) < 1_000) return "now";
  const length = duration(Math.round(Math.abs(away) / 1_000) * 1_000);
  return away > 0 ? `in ${length}` : `${length} ago`;
}

/** A sid that fits a column: its kind and its end. */
export function shortSid(sid: string): string {
  return sid.length <= 12 ? sid : `${sid.slice(0, 2)}…${sid.slice(-6)}`;
}

function trimmed(number: number, digits = 1): string {
  return String(Number(number.toFixed(digits)));
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
