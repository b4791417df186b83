// Builds the page into web/demo/dist, or the folder that is named: node demo/build.mjs [FOLDER]
//
// Takes the built package (web/dist with its module) and the models of the repository.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../dist", import.meta.url));
const MODELS = fileURLToPath(new URL("../../models", import.meta.url));
const KEPT = ["index.html", "manifest.webmanifest", "icon.svg", "icon-192.png", "icon-512.png"];

const hash = (...parts) => parts.reduce((all, part) => all.update(part), createHash("sha256")).digest("hex").slice(0, 12);

/** The package stays beside the page as it is: it finds its module and its Worker by its own address. */
const packageBeside = {
  name: "package-beside",
  setup({ onResolve }) {
    onResolve({ filter: /^pupil-scorer$/ }, () => ({ path: "./pupil/index.js", external: true }));
  },
};

/** The files of a folder, in order, with slashes. */
async function filesOf(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((one) => one.isFile()).map((one) => relative(folder, join(one.parentPath, one.name)));
  return files.map((file) => file.replaceAll("\\", "/")).sort();
}

/** Builds the page, and gives the files that are kept for offline use. */
export async function buildPage(folder = join(HERE, "dist")) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "models"), { recursive: true });
  const science = await readFile(join(MODELS, "science/science.pupil"));
  const later = `models/science.pupil?${hash(science)}`;
  const options = {
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome111", "firefox119", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "inline",
    logLevel: "warning",
    plugins: [packageBeside],
  };
  await Promise.all([
    build({
      ...options,
      entryPoints: { app: join(HERE, "src/main.tsx"), explain: join(HERE, "src/explain.ts") },
      define: { __SCIENCE__: JSON.stringify(later) },
      outdir: folder,
    }),
    build({ ...options, entryPoints: { app: join(HERE, "src/style.css") }, outdir: folder }),
    ...KEPT.map((name) => cp(join(HERE, name), join(folder, name))),
    cp(PACKAGE, join(folder, "pupil"), { recursive: true, filter: (path) => !path.endsWith(".d.ts") }),
    cp(join(MODELS, "mind-ca/mind-ca.pupil"), join(folder, "models/mind-ca.pupil")),
    writeFile(join(folder, "models/science.pupil"), science),
  ]);
  const files = (await filesOf(folder)).filter((file) => file !== "models/science.pupil");
  const bytes = await Promise.all(files.map((file) => readFile(join(folder, file))));
  const kept = files.map((file) => (file === "index.html" ? "./" : file));
  await build({
    ...options,
    entryPoints: { sw: join(HERE, "sw/sw.ts") },
    define: {
      __FILES__: JSON.stringify(kept),
      __LATER__: JSON.stringify([later]),
      __VERSION__: JSON.stringify(hash(...bytes, later)),
    },
    outdir: folder,
  });
  return { folder, kept, later };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { folder, kept } = await buildPage(process.argv[2]);
  console.log(`${folder}: ${kept.length} files for offline use`);
}
