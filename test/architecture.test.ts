/**
 * The import rules of src/, checked. Each layer may import itself, and exactly what is named here: layers, single files
 * and packages. To add a layer or a dependency, change the table in the same commit and say why.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FILES, layerOf, read, resolve, specifiersIn, specifiersOf, threadsOf } from "./imports.ts";

interface Rule {
  /** Layers, or single files of a layer. `*` is every layer. */
  readonly layers: readonly string[];
  /** `name` allows its subpaths too; `@scope/*` a whole scope; node: modules are named one by one. */
  readonly packages: readonly string[];
}

const ADAPTER: Rule["layers"] = ["domain", "chains/adapter.ts"];

const LAYERS: Record<string, Rule> = {
  domain: { layers: [], packages: [] },
  threads: { layers: ["domain"], packages: ["node:worker_threads"] },
  // What a principal is, and which roles there are: the ledger gives nouns, and that one is access's.
  ledger: {
    layers: ["domain", "access/principals.ts", "access/roles.ts"],
    packages: ["better-sqlite3", "node:fs", "node:path"],
  },

  // The shape of a chain, the list of chains and the threads that decode. Only these files know every chain.
  chains: {
    layers: [
      "domain",
      "threads",
      "chains/ethereum",
      "chains/bitcoin",
      "chains/solana",
      "chains/starknet",
      "chains/ethereum-validator",
      "chains/babylon",
    ],
    packages: [
      "@chainsafe/blst",
      "@noble/*",
      "@scure/starknet",
      "secp256k1",
      "tiny-secp256k1",
      "node:crypto",
      "node:module",
      "node:worker_threads",
    ],
  },
  "chains/ethereum": { layers: ADAPTER, packages: ["viem", "@noble/*", "@scure/*", "node:util"] },
  // Miniscript of registered descriptors: types, analysis, compilation and satisfaction by the library that does nothing else.
  "chains/bitcoin": { layers: ADAPTER, packages: ["@bitcoinerlab/miniscript", "@noble/*", "@scure/*"] },
  "chains/solana": {
    layers: ADAPTER,
    packages: ["@solana/kit", "@solana-program/*", "@noble/*", "@scure/*"],
  },
  "chains/starknet": { layers: ADAPTER, packages: ["starknet", "@noble/*", "@scure/*"] },
  // Lodestar's containers of every fork, and the SSZ library they are made with.
  "chains/ethereum-validator": {
    layers: ADAPTER,
    // node:crypto for signing roots: a second implementation of what those containers hash.
    packages: ["@chainsafe/ssz", "@lodestar/params", "@lodestar/types", "node:crypto"],
  },
  "chains/babylon": { layers: ADAPTER, packages: ["@noble/hashes"] },

  policy: {
    layers: ["domain", "threads"],
    packages: ["@noble/hashes", "node:crypto", "node:worker_threads"],
  },
  audit: { layers: ["domain", "ledger"], packages: ["node:crypto"] },
  // @noble/hashes for Keccak-256, by which the tokens of Commit-Boost's modules name their bodies: OpenSSL has none.
  access: { layers: ["domain"], packages: ["@noble/hashes", "node:crypto", "node:fs", "node:net"] },
  // The ledger for histories that come, go and are pruned a table at a time. What judges knows no ledger: see UNITS.
  guard: { layers: ["domain", "ledger"], packages: ["stream-json", "node:crypto", "node:stream/promises"] },
  vault: {
    // signing-root.ts: no BLS key signs a root that came ready. checkpoint.ts: the log's own key signs checkpoints alone.
    layers: [
      "domain",
      "ledger",
      "threads",
      "audit/checkpoint.ts",
      "chains/adapter.ts",
      "chains/verify.ts",
      "chains/ethereum-validator/signing-root.ts",
    ],
    // yaml for Web3Signer's key files, which hold raw keys: only a thread of the vault may read them.
    packages: [
      "@chainsafe/blst",
      "@noble/*",
      "@scure/*",
      "secp256k1",
      "tiny-secp256k1",
      "yaml",
      "node:crypto",
      "node:fs",
      "node:module",
      "node:path",
      "node:worker_threads",
    ],
  },
  // The record step, in the ledger's thread and before it: what is committed together, and nothing that is not written down.
  // What is signed says what the log keeps of it and what a guard judges: the shape of a payload, and the root of a duty.
  record: {
    layers: [
      "domain",
      "threads",
      "ledger",
      "guard",
      "audit",
      "access",
      "chains/adapter.ts",
      "chains/ethereum-validator/signing-root.ts",
    ],
    packages: ["node:crypto", "node:worker_threads"],
  },
  // Record → sign → verify: the threads that do it, and the one door to them.
  keeper: {
    layers: ["domain", "threads", "record", "vault", "chains/adapter.ts", "chains/verify.ts"],
    packages: ["node:worker_threads"],
  },
  // What the main thread keeps in memory of the ledger, and of what acts changed there.
  directory: {
    layers: ["domain", "ledger", "access", "record/acts/change.ts"],
    packages: ["node:crypto"],
  },
  signing: {
    layers: ["domain", "threads", "ledger", "chains", "policy", "access", "directory", "record", "keeper"],
    packages: ["node:crypto"],
  },
  // Acts that are not signatures. They alone make keys and seal, so they hold the vault.
  administration: {
    layers: [
      "domain",
      "ledger",
      "chains",
      "policy",
      "guard",
      "audit",
      "access",
      "vault",
      "directory",
      "record",
      // What the service says in its own name: checkpoints.
      "keeper/contract.ts",
      "signing",
      // What differs between two networks, and the error that says so: a data directory is pinned to one.
      "chains/ethereum-validator/network-file.ts",
      "chains/ethereum-validator/networks.ts",
      "config/error.ts",
      // How heights and chain ids are read from JSON: public randomness is no signature, and has no adapter.
      "chains/babylon/statement.ts",
    ],
    // node:async_hooks: which verb wrote to the ledger, without one of them having to say so.
    packages: ["node:async_hooks", "node:crypto"],
  },
  // What a door may ask: signatures and acts.
  "core.ts": {
    layers: ["domain", "signing", "administration"],
    packages: [],
  },
  // What is counted, whoever counts it: the path, the doors and the ledger's commits.
  metrics: { layers: ["domain", "signing/observer.ts"], packages: ["prom-client"] },
  http: {
    layers: [
      "domain",
      "core.ts",
      "administration",
      "signing",
      "directory",
      "access",
      "metrics",
      // A door that its settings would open too wide is refused where it is opened.
      "config/error.ts",
    ],
    // node:crypto for the hash of a body that an Idempotency-Key stands for, node:stream for answers of any length, node:net for
    // the type of a socket, whose end is watched.
    packages: ["fastify", "@fastify/*", "typebox", "node:crypto", "node:http", "node:net", "node:stream"],
  },
  // A door like http, for the daemons of finality providers: node:crypto for the code over a request and for the form of a
  // public key, node:fs and node:tls for that code's key and for certificates, node:path for the definition beside the source.
  grpc: {
    layers: [
      "domain",
      "core.ts",
      "administration",
      "signing/submission.ts",
      "signing/departures.ts",
      "directory",
      "access",
      "config/error.ts",
    ],
    packages: ["@grpc/*", "node:crypto", "node:fs", "node:path", "node:stream", "node:tls"],
  },

  // Commands may use everything: they talk to terminals, files and child processes, and the tour builds transactions.
  commands: { layers: ["*"], packages: ["*"] },
  "main.ts": { layers: ["*"], packages: ["commander", "node:process"] },
  // Builds everything above the foundation.
  "service.ts": { layers: ["*"], packages: ["fastify"] },
  // What holds state: commands that run beside no service open it without building one. Metrics count the ledger's commits.
  "foundation.ts": { layers: ["ledger", "record", "vault", "keeper", "metrics"], packages: ["node:path"] },
  // What an operator sets, with the files that settings name. access for Commit-Boost's modules, chains/ethereum-validator for
  // networks: both are checked where they are read, so that an error names the setting. error.ts alone is for
  // rooms that refuse what their settings say.
  config: {
    layers: ["domain", "access", "chains/ethereum-validator"],
    packages: ["typebox", "yaml", "node:fs", "node:path"],
  },
};

/**
 * Where a guard judges: facts come in, verdicts and rows go out. These files know their guard and the nouns, so that a batch is
 * judged the same over every store, and in a test without any.
 */
const UNITS = /^guard\/(eip3076|eots)\/(?:facts|judge|names|newcomer|rules|well-formed|working-history)\.ts$/;

/** What would make an adapter or a domain type depend on when, where or by whom it runs. */
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random|\bperformance\.|\bprocess\.|\bfetch\(|\bset(?:Timeout|Interval|Immediate)\(|\bgetRandomValues|\brandom(?:Bytes|UUID|SecretKey|PrivateKey)\b/;
const PURE_LAYERS = /^(?:domain|audit|chains\/[\w-]+)$/;

/** An import whose target only running it would tell. */
const UNKNOWN_CALL = /\bimport\(\s*[^"\s]|\bcreateRequire\([^)]*\)\s*(?!\(\s*")[;(]/;

function mayUsePackage(rule: Rule, specifier: string): boolean {
  return rule.packages.some((allowed) => {
    if (allowed === "*") return true;
    if (allowed.endsWith("/*")) return specifier.startsWith(allowed.slice(0, -1));
    return specifier === allowed || (!allowed.startsWith("node:") && specifier.startsWith(`${allowed}/`));
  });
}

test("every form of import is seen", () => {
  const forms = [
    'import a from "x";',
    'import { a,\n  type B as C,\n} from "x";',
    'import * as a from "x";',
    'import type { A } from "x";',
    'import "x";',
    'export { a } from "x";',
    'export * from "x";',
    'export type { A } from "x";',
    'const a = await import("x");',
    'type A = import("x").A;',
    'const a = createRequire(import.meta.url)("x");',
    'const a = require("x");',
    'const { A$ } = 1;\nimport $ from "x";',
  ];
  for (const form of forms) assert.deepEqual(specifiersIn(form), ["x"], form);
  assert.deepEqual(specifiersIn('new Worker(new URL("./x.ts", import.meta.url))'), ["./x.ts"]);
  for (const form of ["import(name)", "import(`x`)", "const load = createRequire(import.meta.url);"]) {
    assert.match(form, UNKNOWN_CALL);
  }
});

for (const file of FILES) {
  test(`src/${file} imports only what its layer may`, () => {
    const layer = layerOf(file);
    const rule = LAYERS[layer];
    assert.ok(rule, `layer ${layer} has no rule: add a row to the table`);
    assert.doesNotMatch(read(file), UNKNOWN_CALL, "an import must name its target in a string");
    for (const specifier of specifiersOf(file)) {
      if (specifier.startsWith(".")) {
        const target = resolve(file, specifier);
        const to = layerOf(target);
        const allowed = to === layer || ["*", to, target].some((name) => rule.layers.includes(name));
        assert.ok(allowed, `layer ${layer} may not import ${target}`);
        assert.ok(FILES.includes(target), `${specifier} does not exist`);
      } else {
        assert.ok(mayUsePackage(rule, specifier), `layer ${layer} may not import package ${specifier}`);
      }
    }
  });
}

for (const file of FILES.filter((name) => name.startsWith("record/decide/"))) {
  test(`src/${file} decides, and knows of a ledger nothing but types`, () => {
    const run = read(file).replace(/^import type [^;]*;/gm, "");
    const strange = specifiersIn(run)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => resolve(file, specifier))
      .filter(
        (target) =>
          !/^(?:domain|record\/decide)\/|^record\/payloads\.ts$/.test(target) && !UNITS.test(target),
      );
    assert.deepEqual(strange, []);
    assert.equal(IMPURE.exec(read(file))?.[0], undefined);
  });
}

/** The store of acts, and what of acts is still functions over tables. */
const OVER_TABLES = /^record\/acts\/(?:(?:eots|tables|validator)-store|eots|slashing)\.ts$/;

for (const file of FILES.filter((name) => name.startsWith("record/acts/") && !OVER_TABLES.test(name))) {
  test(`src/${file} judges an act, and knows no ledger`, () => {
    const known = specifiersOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .filter((specifier) => layerOf(resolve(file, specifier)) === "ledger");
    assert.deepEqual(known, []);
    assert.equal(IMPURE.exec(read(file))?.[0], undefined);
  });
}

for (const file of FILES.filter((name) => UNITS.test(name))) {
  test(`src/${file} judges, and knows nouns and its own guard alone`, () => {
    const strange = specifiersOf(file)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => resolve(file, specifier))
      .filter((target) => layerOf(target) !== "domain" && !UNITS.test(target));
    assert.deepEqual(strange, []);
    assert.equal(IMPURE.exec(read(file))?.[0], undefined);
  });
}

for (const file of FILES.filter((name) => PURE_LAYERS.test(layerOf(name)))) {
  test(`src/${file} reads no clock, no randomness, no process and no network`, () => {
    const [found] = IMPURE.exec(read(file)) ?? [];
    assert.equal(found, undefined);
  });
}

test("no door asks for a right: the verb that it calls does", () => {
  const doors = FILES.filter((file) => ["http", "grpc"].includes(layerOf(file)));
  assert.deepEqual(
    doors.filter((file) => /\b(?:assertMay|may)\(/.test(read(file))),
    [],
  );
});

test("beside the keeper only administration holds the vault itself: it makes keys, and seals", () => {
  const above = /^(?:vault|keeper|commands|foundation\.ts|service\.ts|main\.ts)$/;
  const holders = FILES.filter((file) => !above.test(layerOf(file))).filter((file) =>
    specifiersOf(file).some((specifier) => layerOf(resolve(file, specifier)) === "vault"),
  );
  assert.deepEqual(
    holders.filter((file) => layerOf(file) !== "administration"),
    [],
  );
});

test("no file imports itself through others", () => {
  const circles: string[][] = [];
  const done = new Set<string>();
  const below = (file: string, way: readonly string[]): void => {
    const from = way.indexOf(file);
    if (from !== -1) circles.push([...way.slice(from), file]);
    if (from !== -1 || done.has(file)) return;
    // A file may start the thread that answers it: that is a message, and no import.
    const threads = threadsOf(file);
    for (const specifier of specifiersOf(file)) {
      if (specifier.startsWith(".") && !threads.has(specifier))
        below(resolve(file, specifier), [...way, file]);
    }
    done.add(file);
  };
  for (const file of FILES) below(file, []);
  assert.deepEqual(
    circles.map((circle) => circle.join(" → ")),
    [],
  );
});

test("only src/config/config.ts reads the environment", () => {
  const readers = FILES.filter((file) => /\bprocess\s*(?:\.\s*env\b|\[)/.test(read(file)));
  assert.deepEqual(
    readers.filter((file) => file !== "config/config.ts"),
    [],
  );
});

test("only src/ledger has SQL", () => {
  const SQL =
    /\bdatabase\s*\.\s*(?:exec|prepare|pragma|transaction)\b|["`](?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;
  assert.deepEqual(
    FILES.filter((file) => layerOf(file) !== "ledger" && SQL.test(read(file))),
    [],
  );
});

test("every file is reached from src/main.ts", () => {
  const reached = new Set<string>();
  const open = ["main.ts"];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file) || !FILES.includes(file)) continue;
    reached.add(file);
    for (const specifier of specifiersOf(file)) {
      if (specifier.startsWith(".")) open.push(resolve(file, specifier));
    }
  }
  assert.deepEqual(
    FILES.filter((file) => !reached.has(file) && !file.endsWith(".d.ts")),
    [],
  );
});

test("every row of the table names what exists, and no layer imports one above it", () => {
  const names = Object.keys(LAYERS);
  assert.deepEqual(
    names.filter((layer) => !FILES.some((file) => layerOf(file) === layer)),
    [],
  );
  for (const [layer, rule] of Object.entries(LAYERS)) {
    for (const name of rule.layers) {
      assert.ok(
        name === "*" || names.includes(name) || FILES.includes(name),
        `${layer} may import ${name}, which is nothing`,
      );
    }
  }
  // chains and its adapters refer to each other through one file; any other circle would be a layer in disguise.
  const below = (layer: string, seen: readonly string[]): void => {
    assert.ok(!seen.includes(layer), `layers import each other: ${[...seen, layer].join(" → ")}`);
    for (const next of LAYERS[layer]?.layers ?? []) below(next, [...seen, layer]);
  };
  for (const layer of names) below(layer, []);
});
