#!/usr/bin/env node
// Starts the command under a Node that runs TypeScript as it is: this one, or the one the project brings along.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** From here on Node strips types without a flag. */
const wanted = [22, 18];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major > wanted[0] || (major === wanted[0] && minor >= wanted[1])) {
  // Whoever reads may have seen enough, as `| head -1` has: what is left goes to nobody, the exit code stays.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const { runCommand } = await import("../src/cli/main.ts");
  const exitCode = await runCommand(process.argv.slice(2));
  // Once all is written, and not when nothing is left to do: wrangler may be asking npm for a newer one.
  process.stderr.write("", () => process.stdout.write("", () => process.exit(exitCode)));
} else {
  const projectNode = fileURLToPath(new URL("../node_modules/.bin/node", import.meta.url));
  if (existsSync(projectNode)) {
    const script = fileURLToPath(import.meta.url);
    const child = spawn(projectNode, [script, ...process.argv.slice(2)], { stdio: "inherit" });
    // The command decides what Ctrl-C means, and this process ends with it: its exit code is the command's.
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    child.on("error", ({ message }) => {
      console.error(`hookswitch: cannot start ${projectNode}: ${message}`);
      process.exitCode = 1;
    });
    child.on("close", (code) => {
      process.exitCode ??= code ?? 1; // after an error there is no code worth the name
    });
  } else {
    console.error(
      `hookswitch needs Node ${wanted.join(".")} or newer, this is ${process.versions.node}: run "npm ci" in its folder, which brings one along`,
    );
    process.exitCode = 1;
  }
}
