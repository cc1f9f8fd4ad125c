import { expect, test } from "vitest";
import { showPage, showPageFile } from "../../src/log/page-routes.ts";

const request = new Request("https://hooks.example.net/_log");

test("showPage() says in one line how to read the log where no page is bound", async () => {
  const response = await showPage(request, undefined);
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toMatch(/^text\/plain/);
  expect(await response.text()).toMatch(/^[^\n]*\/_log\/deliveries\n$/);
});

test("showPage() says the same where the page is not among the assets", async () => {
  const page = { read: async () => new Response(null, { status: 404 }) };
  expect(await (await showPage(request, page)).text()).toContain("/_log/deliveries");
});

test.each(["x.html", "x.js.map", "../index.js", "x", ".js"])(
  "showPageFile() asks for no file of the name %j",
  async (name) => {
    const page = { read: () => Promise.reject(new Error("asked")) };
    expect((await showPageFile(request, name, page)).status).toBe(404);
  },
);
