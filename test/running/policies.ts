/** Small WebAssembly policies for tests, written as text: each answers with one fixed verdict. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabtModule from "wabt";
import type { PolicyName } from "../../policies/build.ts";
import type { RunningService } from "./service.ts";

const wabt = await wabtModule();

/** Bytes of a module in WebAssembly text. */
export function fromText(text: string): Uint8Array {
  const module = wabt.parseWat("policy.wat", text);
  const bytes = new Uint8Array(module.toBinary({}).buffer);
  module.destroy();
  return bytes;
}

/** A policy that answers `verdict` whatever it is asked. */
export function answering(verdict: unknown): Uint8Array {
  const json = JSON.stringify(verdict);
  const data = [...new TextEncoder().encode(json)]
    .map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
    .join("");
  const length = new TextEncoder().encode(json).length;
  return fromText(`(module
    (memory (export "memory") 5)
    (data (i32.const 0) "${data}")
    (func (export "policy_abi_v1"))
    (func (export "policy_alloc") (param i32) (result i32) i32.const 65536)
    (func (export "policy_evaluate") (param i32 i32) (result i64) i64.const ${length}))`);
}

export const ALLOW = answering({ decision: "allow" });
export const ALLOW_OPAQUE = answering({ decision: "allow", allowOpaque: true });
export const DENY = answering({ decision: "deny", reason: "never", code: "never" });

/** One of the ready policies, as it is built in policies/. */
export function readyPolicy(name: PolicyName): Uint8Array {
  return new Uint8Array(readFileSync(join(import.meta.dirname, `../../policies/${name}/${name}.wasm`)));
}

/** Uploads `module` and binds it; resolves with the binding's id. */
export async function bind(
  service: Pick<RunningService, "call">,
  module: Uint8Array,
  scope: Readonly<Record<string, string>>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const policy = await service.call("POST", "/v1/policies?name=test", module);
  if (policy.status !== 201) throw new Error(policy.text);
  const binding = await service.call("POST", "/v1/bindings", {
    policy: policy.body.digest,
    scope,
    ...options,
  });
  if (binding.status !== 201) throw new Error(binding.text);
  return binding.body.id;
}
