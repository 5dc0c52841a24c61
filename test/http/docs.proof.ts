/** /docs in a real browser: it loads from this origin alone, under its own content security policy. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { RunningService } from "../running/service.ts";

const BROWSER = "/usr/bin/chromium";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let service: RunningService;
before(async () => {
  service = await RunningService.start();
});
after(() => service.stop());

test("the page needs no token, and its policy allows this origin only", async () => {
  const reply = await service.call("GET", "/docs/", undefined, { authorization: "" });
  assert.equal(reply.status, 200);
  const policy = reply.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'self'/);
  assert.doesNotMatch(policy, /https?:|unsafe-eval|\*/);
});

test("the bare address leads to the page", async () => {
  const reply = await fetch(service.url, { redirect: "manual" });
  assert.equal(reply.status, 302);
  assert.equal(reply.headers.get("location"), "/docs");
});

test("the document that it shows is the one in openapi/", async () => {
  const reply = await service.call("GET", "/openapi.json", undefined, { authorization: "" });
  const shown = await service.call("GET", "/docs/json", undefined, { authorization: "" });
  assert.deepEqual(reply.body, shown.body);
  assert.ok(reply.body.paths["/v1/wallets"]);
});

describe("in Chromium", { skip: existsSync(BROWSER) ? false : `no ${BROWSER}: install Chromium` }, () => {
  const profile = mkdtempSync(join(tmpdir(), "claviger-docs-"));
  const requested: string[] = [];
  const complaints: string[] = [];
  let context: BrowserContext;
  let page: Page;
  before(async () => {
    context = await chromium.launchPersistentContext(profile, { executablePath: BROWSER, args: FLAGS });
    page = await context.newPage();
    page.on("request", (request) => requested.push(request.url()));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${service.url}/docs`);
    await page.waitForSelector(".opblock");
  });
  after(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  });

  test("it shows Claviger and its operations", async () => {
    assert.match((await page.textContent(".info .title")) ?? "", /Claviger/);
    const tags = await page.locator(".opblock-tag").count();
    assert.ok(tags >= 10, String(tags));
    assert.ok((await page.locator(".opblock").count()) > 30);
  });

  test("an operation expands and shows its example", async () => {
    await page.locator(".opblock", { hasText: "/v1/keys/{keyId}/sign" }).first().click();
    await page.waitForSelector(".opblock.is-open .opblock-body");
    const text = (await page.textContent(".opblock.is-open")) ?? "";
    assert.match(text, /Sign, if the policies allow it/);
    assert.match(text, /ethereum\.transaction/);
    const screenshot = process.env["DOCS_SCREENSHOT"];
    if (screenshot !== undefined) await page.screenshot({ path: screenshot });
  });

  test("nothing was asked of any other origin, and nothing complained", () => {
    assert.ok(requested.length > 3);
    const elsewhere = requested.filter((url) => !url.startsWith(service.url) && !url.startsWith("data:"));
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(complaints, []);
  });
});
