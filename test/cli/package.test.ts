import { createServer, type Server } from "node:http";
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import type * as declared from "../../package/index.d.ts";
import type * as written from "../../src/index.ts";
import { startCommand } from "../support/command.ts";
import { listen } from "../support/loopback.ts";
import { npm, npx, packed, wranglerDev, type WranglerDev } from "../support/npm.ts";

const root = join(import.meta.dirname, "../..");
const authToken = "4e1d8b0a7c6f5e2d3b9a8c7f6e5d4c3b";

let scratch: string;
let tarball: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "hookswitch-package-"));
  tarball = await packed(join(scratch, "packed"));
});

afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Replaces the one place where a text stands in a file. */
async function replaceIn(file: string, before: string | RegExp, after: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toMatch(before);
  await writeFile(file, text.replace(before, after));
}

/** Bundles it as `wrangler deploy` would, and gives what that said. */
async function dryRun(folder: string): Promise<string> {
  return npx(folder, "wrangler", "deploy", "--dry-run", "--outdir", "bundle");
}

describe("the package in an empty folder", () => {
  let folder: string;
  let app: Server;
  let dev: WranglerDev;
  /** What the application was asked for, and whether that was signed. */
  const asked: string[] = [];

  beforeAll(async () => {
    folder = join(scratch, "empty");
    await mkdir(folder);
    const first = startCommand(["init", "--json"], { cwd: folder, env: {} });
    expect(JSON.parse((await first.ended).out)).toMatchObject({ next: ["npm install", {}, {}] });
    await npm(folder, "install", "--prefer-offline", tarball);
    app = createServer((request, response) => {
      asked.push(`${request.url} ${typeof request.headers["x-twilio-signature"]}`);
      response.setHeader("Content-Type", "text/xml");
      response.end("<Response><Message>From the application</Message></Response>");
    });
    const port = await listen(app);
    await replaceIn(join(folder, "wrangler.toml"), "127.0.0.1:3000/sms", `127.0.0.1:${port}/sms`);
    await replaceIn(join(folder, ".dev.vars"), /^TWILIO_AUTH_TOKEN=$/m, `$&${authToken}`);
    dev = await wranglerDev(folder);
  });

  afterAll(() => {
    dev.stop();
    app.close();
    app.closeAllConnections();
  });

  test("hookswitch init has nothing left to do, and check finds no problem", async () => {
    const { files, missing, next } = JSON.parse(await npx(folder, "hookswitch", "init", "--json"));
    expect(new Set(files.map(({ action }: { action: string }) => action))).toEqual(
      new Set(["keep"]),
    );
    expect([missing, next[0]]).toEqual([[], "npx hookswitch check"]);
    expect(await npx(folder, "hookswitch", "check")).toContain("ok: wrangler.toml, 2 origins");
  });

  test("hookswitch --version tells the package's", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(await npx(folder, "hookswitch", "--version")).toBe(`${manifest.version}\n`);
  });

  test("the page comes with the package: an update brings a new one", async () => {
    const toml = await readFile(join(folder, "wrangler.toml"), "utf8");
    const directory = /^directory = "(.*)"$/m.exec(toml)?.[1];
    expect(directory).toBe("node_modules/hookswitch/dist/page");
    await access(join(folder, `${directory}`, "index.html"));
  });

  test("nothing in it is of the machine that has packed it, nor made for developers of it", async () => {
    const home = join(folder, "node_modules/hookswitch");
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(10);
    for (const { parentPath, name } of files) {
      const text = await readFile(join(parentPath, name), "utf8");
      expect(text.includes(root), `${name} names ${root}`).toBe(false);
    }
  });

  test("wrangler dev answers a webhook that hookswitch send signs", async () => {
    const out = await npx(folder, "hookswitch", "send", "sms", `${dev.host}/sms`);
    expect(out).toContain("200 OK  text/xml");
    expect(out).toContain("From the application");
    expect(asked).toEqual(["/sms string"]);
    await expect(
      npx(folder, "hookswitch", "send", "sms", `${dev.host}/sms`, "--forge"),
    ).rejects.toThrow();
    expect(asked).toHaveLength(1);
  });

  test("wrangler dev serves the log's page with its script, and the log to its token", async () => {
    const page = await fetch(`${dev.host}/_log`);
    expect(page.headers.get("content-type")).toContain("text/html");
    const script = /src="([^"]+\.js)"/.exec(await page.text())?.[1];
    const served = await fetch(`${dev.host}${script}`);
    expect([served.status, served.headers.get("content-type")]).toEqual([
      200,
      "text/javascript; charset=utf-8",
    ]);
    await served.arrayBuffer();
    const secrets = parseEnv(await readFile(join(folder, ".dev.vars"), "utf8"));
    const log = await fetch(`${dev.host}/_log/deliveries`, {
      headers: { Authorization: `Bearer ${secrets["LOG_TOKEN"]}` },
    });
    expect(log.status).toBe(200);
    await log.arrayBuffer();
  });

  test("wrangler deploy --dry-run bundles it with the page", async () => {
    expect(await dryRun(folder)).toMatch(/Total Upload: .*\n[^]*env\.LEDGER \(Ledger\)/);
    await access(join(folder, "bundle/index.js"));
  });

  test("its types resolve beside those that wrangler writes", async () => {
    await npx(folder, "wrangler", "types");
    await writeFile(
      join(folder, "src/own.ts"),
      `import hookswitch, { Ledger } from "hookswitch";
export { Ledger };
export default {
  fetch: (request, env, ctx) => hookswitch.fetch(request, env, ctx),
} satisfies ExportedHandler<Cloudflare.Env>;
// @ts-expect-error: a text is no request
export const refused = (env: Cloudflare.Env, ctx: ExecutionContext) => hookswitch.fetch("", env, ctx);
export const object = (env: Cloudflare.Env): DurableObjectStub<Ledger> => env.LEDGER.getByName("0");
`,
    );
    await Promise.all(
      ["bundler", "nodenext"].map(async (resolution) => {
        const config = {
          compilerOptions: {
            strict: true,
            noEmit: true,
            target: "es2024",
            lib: ["es2024"],
            module: resolution === "nodenext" ? "nodenext" : "esnext",
            moduleResolution: resolution,
            // What wrangler writes is not made for nodenext: it imports "./src/index" without an ending.
            skipLibCheck: resolution === "nodenext",
            types: ["./worker-configuration.d.ts"],
          },
          include: ["src"],
        };
        const file = join(folder, `tsconfig.${resolution}.json`);
        await writeFile(file, JSON.stringify(config));
        await npx(folder, join(root, "node_modules/.bin/tsc"), "-p", file);
      }),
    );
  });
});

test("the declared types have what the Worker exports: tsc fails where they do not", () => {
  expectTypeOf<keyof typeof declared>().toEqualTypeOf<keyof typeof written>();
  expectTypeOf<keyof typeof declared.default>().toEqualTypeOf<keyof typeof written.default>();
});

test("the package in a workspace serves the page from where npm has put it", async () => {
  const workspace = join(scratch, "workspace");
  const member = join(workspace, "apps/hooks");
  await mkdir(member, { recursive: true });
  await writeFile(join(workspace, "package.json"), '{"private":true,"workspaces":["apps/*"]}');
  await writeFile(join(member, "package.json"), '{"name":"hooks","private":true}');
  await npm(workspace, "install", "--prefer-offline", "--workspace", "hooks", tarball);

  const { next } = JSON.parse(await npx(member, "hookswitch", "init", "--json"));
  expect(next[0]).toBe("npx hookswitch check");
  expect(await readFile(join(member, "wrangler.toml"), "utf8")).toContain(
    '\ndirectory = "../../node_modules/hookswitch/dist/page"\n',
  );
  await replaceIn(join(member, ".dev.vars"), /^TWILIO_AUTH_TOKEN=$/m, `$&${authToken}`);
  expect(await npx(member, "hookswitch", "check")).toContain("ok: wrangler.toml");
  expect(await dryRun(member)).toContain("Total Upload");
});
