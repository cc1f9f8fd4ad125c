import { readdirSync, readFileSync } from "node:fs";

/** What the processes of a contestant have used. */
export interface Usage {
  /** CPU, user and system, s. */
  readonly cpuSeconds: number;
  /** The most memory so far, bytes. */
  readonly peakBytes: number;
  /** Memory now, bytes. */
  readonly residentBytes: number;
}

/** Of Linux on every machine that this runs on. */
const TICKS_A_SECOND = 100;

/** Reads it of some processes and their children. */
export function usageOf(pids: readonly number[]): Usage {
  const all = pids.flatMap((pid) => [pid, ...childrenOf(pid)]);
  return {
    cpuSeconds: sum(all.map(cpuSeconds)),
    peakBytes: sum(all.map((pid) => memory(pid, "VmHWM"))),
    residentBytes: sum(all.map((pid) => memory(pid, "VmRSS"))),
  };
}

function cpuSeconds(pid: number): number {
  // The name in parentheses may hold anything.
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
}

function memory(pid: number, name: "VmHWM" | "VmRSS"): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(read(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) * 1_024;
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => new RegExp(`^PPid:\\s+${pid}$`, "m").test(read(`/proc/${other}/status`)));
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
