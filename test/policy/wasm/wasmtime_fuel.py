"""Runs modules in Wasmtime with fuel and prints what each call consumed.

Input, JSON on stdin: [{"wasm": base64, "calls": [{"field", "args": [{"type", "value"}]}]}], floats as bit patterns.
Output, JSON on stdout: {"version", "modules": [{"error"} or {"calls": [{"used"} or {"trap"}]}]}.
"""

import base64
import importlib.metadata
import json
import struct
import sys

import wasmtime

AMPLE = 1_000_000_000_000


def argument(value):
    number = int(value["value"])
    kind = value["type"]
    if kind == "f32":
        return struct.unpack("<f", struct.pack("<I", number))[0]
    if kind == "f64":
        return struct.unpack("<d", struct.pack("<Q", number))[0]
    bits = 64 if kind == "i64" else 32
    return number - (1 << bits) if number >= 1 << (bits - 1) else number


def spectest(store, linker):
    engine = store.engine
    types = {"i32": wasmtime.ValType.i32(), "i64": wasmtime.ValType.i64()}
    types |= {"f32": wasmtime.ValType.f32(), "f64": wasmtime.ValType.f64()}
    prints = [[], ["i32"], ["i64"], ["f32"], ["f64"], ["i32", "f32"], ["f64", "f64"]]
    for parameters in prints:
        name = "_".join(["print", *parameters])
        signature = wasmtime.FuncType([types[kind] for kind in parameters], [])
        linker.define(store, "spectest", name, wasmtime.Func(store, signature, lambda *_: None))
    for kind, value in {"i32": 666, "i64": 666, "f32": 666.6, "f64": 666.6}.items():
        constant = wasmtime.Global(store, wasmtime.GlobalType(types[kind], False), value)
        linker.define(store, "spectest", f"global_{kind}", constant)
    memory = wasmtime.Memory(store, wasmtime.MemoryType(wasmtime.Limits(1, 2)))
    linker.define(store, "spectest", "memory", memory)
    table_type = wasmtime.TableType(wasmtime.ValType.funcref(), wasmtime.Limits(10, 20))
    linker.define(store, "spectest", "table", wasmtime.Table(store, table_type, None))
    return engine


def run(engine, job):
    store = wasmtime.Store(engine)
    store.set_fuel(AMPLE)
    module = wasmtime.Module(engine, base64.b64decode(job["wasm"]))
    linker = wasmtime.Linker(engine)
    spectest(store, linker)
    instance = linker.instantiate(store, module)
    results = []
    for call in job["calls"]:
        function = instance.exports(store)[call["field"]]
        arguments = [argument(value) for value in call["args"]]
        store.set_fuel(AMPLE)
        try:
            function(store, *arguments)
            results.append({"used": AMPLE - store.get_fuel()})
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            results.append({"trap": str(error).splitlines()[-1]})
    return {"calls": results}


def attempt(engine, job):
    try:
        return run(engine, job)
    except wasmtime.WasmtimeError as error:
        return {"error": str(error).splitlines()[0]}


def main():
    config = wasmtime.Config()
    config.consume_fuel = True
    engine = wasmtime.Engine(config)
    modules = [attempt(engine, job) for job in json.load(sys.stdin)]
    json.dump({"version": importlib.metadata.version("wasmtime"), "modules": modules}, sys.stdout)


main()
