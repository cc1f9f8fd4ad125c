import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { isolatedConfig } from "./test/support/isolated-config.ts";
import { answerAsOrigin, workerOrigins } from "./test/support/worker-origin.ts";

const pure = ["test/**/*.test.ts"];
const edge = ["test/**/*.edge.test.ts"];
// What lies right under test/cli runs the command as a process; its folders hold tests of its pure parts.
const blackBox = ["test/wire/**", "test/cli/*.test.ts", "test/example/**", "test/browser/**"];

export default defineConfig({
  test: {
    projects: [
      // Deciding code, in Node: most of the suite, done in seconds.
      { test: { name: "pure", include: pure, exclude: [...edge, ...blackBox], isolate: false } },
      // The same again in workerd, since WebCrypto and URL are the platform's, and what touches bindings.
      {
        logLevel: "error", // itty-router ships source maps that point outside of its package
        plugins: [
          cloudflareTest({
            main: "./src/index.ts",
            wrangler: { configPath: isolatedConfig() },
            miniflare: {
              cf: false,
              bindings: {
                TWILIO_AUTH_TOKEN: "b7f0c5e91a1d4826af03c7e5b9d1f264",
                LOG_TOKEN: "reading-token-of-the-worker-tests-000",
                LOG_ADMIN_TOKEN: "administering-token-of-the-worker-tests",
                ORIGINS: workerOrigins,
              },
              outboundService: answerAsOrigin,
            },
          }),
        ],
        test: {
          name: "workerd",
          include: pure,
          exclude: [...blackBox, "test/cli/**", "test/**/*.node.test.ts"],
        },
      },
      // The built bundle under `workerd serve`, the command and the example, over real sockets.
      {
        test: {
          name: "wire",
          globalSetup: "./test/support/bundle.ts",
          include: ["test/{wire,example}/**/*.test.ts", "test/cli/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // The page in a Chromium, before the whole Worker; skipped, with a word, where there is none.
      {
        test: {
          name: "browser",
          // Not beside others: some of them watch the time.
          sequence: { groupOrder: 1 },
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
