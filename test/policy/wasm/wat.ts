/** Test modules written as WebAssembly text. Only tests assemble text; the product reads binaries. */
const wabt = await (await import("wabt")).default();

const FEATURES = {
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  multi_value: true,
  bulk_memory: true,
  reference_types: true,
};

/** The binary of a module that uses accepted features only. */
export function wat(text: string): Uint8Array {
  return assembleText(text, FEATURES);
}

/** The binary of a module that uses any feature the assembler knows; not validated, so it may be a hostile one. */
export function watWithEverything(text: string): Uint8Array {
  return assembleText(text, {
    ...FEATURES,
    simd: true,
    threads: true,
    tail_call: true,
    exceptions: true,
    memory64: true,
    extended_const: true,
    multi_memory: true,
    function_references: true,
    gc: true,
  });
}

function assembleText(text: string, features: Record<string, boolean>): Uint8Array {
  const parsed = wabt.parseWat("test.wat", text, features);
  try {
    return new Uint8Array(parsed.toBinary({}).buffer);
  } finally {
    parsed.destroy();
  }
}
