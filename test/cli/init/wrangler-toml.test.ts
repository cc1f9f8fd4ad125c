import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unstable_readConfig as readConfig, type Unstable_Config } from "wrangler";
import { secretsExample } from "../../../src/cli/init/secret-files.ts";
import { wranglerToml } from "../../../src/cli/init/wrangler-toml.ts";

const root = join(import.meta.dirname, "../../..");

/** All that wrangler reads, but for where things are and what is the user's own. */
function shared(config: Unstable_Config): unknown {
  const { assets } = config;
  return {
    ...config,
    vars: undefined,
    main: undefined,
    build: undefined,
    configPath: undefined,
    userConfigPath: undefined,
    assets: { ...assets, directory: undefined },
  };
}

async function readText(text: string, env?: string): Promise<Unstable_Config> {
  const folder = await mkdtemp(join(tmpdir(), "hookswitch-toml-"));
  const file = join(folder, "wrangler.toml");
  await writeFile(file, text);
  try {
    return readConfig({ config: file, env }, { hideWarnings: true });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const parts = {
  name: "hookswitch",
  main: "src/index.ts",
  page: "page",
  buildCommand: undefined,
  configFlag: "",
};

test("wranglerToml() has all that the repository's wrangler.toml has, but for origins and places", async () => {
  const shipped = readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });
  expect(shared(await readText(wranglerToml(parts)))).toEqual(shared(shipped));
});

test("wranglerToml() with its commented tables put in has an environment that lacks nothing", async () => {
  const text = wranglerToml(parts).replaceAll(
    /^# ((\[.*)|(path|url|mode|dedupe|name|class_name|binding|routes|workers_dev) = .*)$/gm,
    "$1",
  );
  const whole = text.replaceAll(/^(routes|workers_dev) = .*/gm, "");
  const { vars } = await readText(whole);
  expect(Object.keys(vars["ORIGINS"] ?? {})).toEqual(["sms", "voice", "status", "events"]);
  expect(await readText(whole, "production")).toMatchObject({
    durable_objects: { bindings: [{ name: "LEDGER", class_name: "Ledger" }] },
    kv_namespaces: [{ binding: "ANSWERS" }],
    vars: { ORIGINS: { sms: { path: "/sms" } } },
  });
});

test("wranglerToml() builds the page only where the package has not brought it", async () => {
  expect((await readText(wranglerToml(parts))).build.command).toBeUndefined();
  const own = await readText(wranglerToml({ ...parts, buildCommand: "npm run build:page" }));
  expect(own.build.command).toBe("npm run build:page");
});

/** The names that a file of the form of `.dev.vars` asks for, commented ones too. */
function names(text: string): readonly string[] {
  return [...text.matchAll(/^(#? ?[A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => `${name}`);
}

test("secretsExample() names the secrets of the repository's .dev.vars.example, and no value", async () => {
  const shipped = await readFile(join(root, ".dev.vars.example"), "utf8");
  expect(names(secretsExample())).toEqual(names(shipped));
  for (const text of [shipped, secretsExample()]) expect(text).not.toMatch(/^#? ?[A-Z_0-9]+=./m);
});

test("package.json describes each secret and variable that the Deploy to Cloudflare button asks for", async () => {
  const { cloudflare } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const asked = names(await readFile(join(root, ".dev.vars.example"), "utf8"));
  const { vars } = readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });
  const wanted = [...asked.filter((name) => !name.startsWith("#")), ...Object.keys(vars)];
  expect(Object.keys(cloudflare.bindings)).toEqual(expect.arrayContaining(wanted));
  for (const { description } of Object.values<{ description: string }>(cloudflare.bindings)) {
    expect(description).toMatch(/\S.{30}/);
  }
});
