/** Guests in WebAssembly text, for the sandbox tests: one function body between the ABI's fixed parts. */
import wabt from "wabt";

const compiler = await wabt();

export interface GuestParts {
  /** Body of policy_evaluate; `$ptr` and `$len` are its parameters. */
  readonly evaluate: string;
  /** Body of policy_alloc; `$size` is its parameter. */
  readonly alloc?: string;
  /** Body of policy_validate_settings, which is exported only then. */
  readonly settings?: string;
  /** Whole module fields: more functions, data, globals, start. */
  readonly fields?: string;
  readonly imports?: string;
  readonly pages?: number;
}

/** Bytes of any module in WebAssembly text. */
export function assemble(wat: string): Uint8Array {
  const module = compiler.parseWat("guest.wat", wat, { bulk_memory: true, sign_extension: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

export function guest(parts: GuestParts): Uint8Array {
  const settings =
    parts.settings === undefined
      ? ""
      : `(func (export "policy_validate_settings") (param $ptr i32) (param $len i32) (result i64) ${parts.settings})`;
  return assemble(`(module
    ${parts.imports ?? ""}
    (memory (export "memory") ${parts.pages ?? 2})
    ${parts.fields ?? ""}
    (func (export "policy_abi_v1"))
    (func (export "policy_alloc") (param $size i32) (result i32) ${parts.alloc ?? "(i32.const 65536)"})
    (func (export "policy_evaluate") (param $ptr i32) (param $len i32) (result i64) ${parts.evaluate})
    ${settings})`);
}

/** A constant result: `text` stands in memory at `at`. */
export function constant(text: string, at = 1024): { readonly data: string; readonly result: string } {
  const bytes = Buffer.from(text);
  const escaped = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  return { data: `(data (i32.const ${at}) "${escaped}")`, result: packed(at, bytes.length) };
}

/** `i64.const` of pointer and length. */
export function packed(pointer: number, length: number): string {
  return `(i64.const 0x${((BigInt(pointer) << 32n) | BigInt(length)).toString(16)})`;
}

/** A guest that answers `text`, after the instructions of `before`. */
export function answering(text: string, parts: Partial<GuestParts> & { before?: string } = {}): Uint8Array {
  const { data, result } = constant(text);
  return guest({
    ...parts,
    fields: `${data} ${parts.fields ?? ""}`,
    evaluate: `${parts.before ?? ""} ${result}`,
  });
}

export const ALLOW = '{"decision":"allow"}';
export const INPUT = new TextEncoder().encode('{"version":1}');
