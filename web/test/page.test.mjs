// The demo page as it is built: it is complete, names no other site, and its policy is the one that is served.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { buildPage } from "../demo/build.mjs";
import { serve } from "../demo/serve.mjs";

test("the built page is complete, small, and names no other site", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pupil-page-"));
  const { kept, later } = await buildPage(folder);
  const server = await serve(folder, 0);
  const address = `http://localhost:${server.address().port}/`;
  try {
    // What works offline: all that the page and its scripts name, and that the server gives with its type.
    const types = { css: "text/css", html: "text/html", js: "text/javascript", wasm: "application/wasm" };
    let gzipped = 0;
    for (const path of [...kept, later, "sw.js"]) {
      const response = await fetch(new URL(path, address));
      assert.equal(response.status, 200, path);
      assert.match(response.headers.get("content-security-policy"), /^default-src 'none';/, path);
      const type = types[path === "./" ? "html" : path.split(".").at(-1)];
      assert.ok(type === undefined || response.headers.get("content-type").startsWith(type), path);
      const bytes = new Uint8Array(await response.arrayBuffer());
      gzipped += path === later ? 0 : gzipSync(bytes).length;
      if (/\.(js|css|webmanifest)$|^\.\/$/.test(path)) {
        const text = new TextDecoder().decode(bytes);
        const sites = [...text.matchAll(/https?:\/\/[\w.-]+/g)].map(([site]) => site);
        // Names of XML, which nothing asks.
        const names = ["http://www.w3.org", "http://schemas.openxmlformats.org"];
        assert.deepEqual(sites.filter((site) => !names.includes(site)), [], path);
        for (const [, name] of text.matchAll(/(?:from|import\()\s*"(\.\/[^"]+)"/g)) {
          const found = new URL(name, new URL(path, address)).href.slice(address.length);
          assert.ok(kept.includes(found), `${path} imports ${found}`);
        }
        for (const [, name] of text.matchAll(/(?:href|src)="([^"#]+)"/g)) {
          assert.ok(kept.includes(name), `${path} names ${name}`);
        }
      }
    }
    const limit = 800_000;
    assert.ok(gzipped < limit, `the page has ${gzipped} bytes with gzip, at most ${limit} are allowed`);
    for (const path of ["pupil/worker.js", "pupil/pupil.wasm", "models/mind-ca.pupil", "explain.js", "app.css"]) {
      assert.ok(kept.includes(path), path);
    }
    const html = await readFile(join(folder, "index.html"), "utf8");
    const policy = (await fetch(address)).headers.get("content-security-policy");
    assert.ok(html.includes(`content="${policy.replace("; frame-ancestors 'none'", "")}"`));
    for (const path of ["../package.json", "models", "nowhere.js", "pupil/..%2f..%2fpackage.json"]) {
      assert.equal((await fetch(new URL(path, address))).status, 404, path);
    }
    assert.ok((await stat(join(folder, "app.js"))).size < 150_000);
  } finally {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  }
});
