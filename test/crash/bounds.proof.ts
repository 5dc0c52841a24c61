/**
 * Floors and bounds while their storage fails or the process is killed: all keys of a call have them, or none, and what was
 * answered holds after the start.
 */
import assert from "node:assert/strict";
import { after, before } from "node:test";
import type { Reply } from "../running/service.ts";
import { block, signDuty } from "../running/validators.ts";
import { everyFault, FaultyInstallation, unwritten, written, type FaultCase } from "./every-fault.ts";
import { validatorKeys } from "./guard-rows.ts";

let installation: FaultyInstallation;
let keys: string[];
before(async () => {
  installation = await FaultyInstallation.create();
  keys = (await validatorKeys(installation, 3)).map(({ publicKey }) => publicKey);
});
after(() => installation.end());

interface Case extends FaultCase {
  readonly what: "floors" | "bounds";
  readonly left: "no key has it" | "all keys have it";
}

const SLOT = { floors: "7", bounds: "9" } as const;
const COLUMN = { floors: "low_slot", bounds: "stop_slot" } as const;
const NONE = "no key has it";
const ALL = "all keys have it";
const CASES: readonly Case[] = [
  { what: "floors", fault: written("SET low_slot", "SQLITE_IOERR_WRITE", { skip: 1 }), left: NONE },
  { what: "floors", fault: unwritten("COMMIT", "SIGKILL"), left: NONE },
  { what: "floors", fault: written("COMMIT", "SIGKILL"), left: ALL },
  { what: "bounds", fault: written("INSERT INTO audit_leaf"), left: NONE },
  { what: "bounds", fault: written("COMMIT", "SIGKILL"), left: ALL },
];

function set(what: Case["what"]): Promise<Reply> {
  const body = { publicKeys: keys, slot: SLOT[what] };
  return installation.service.call("POST", `/v1/slashing-protection/${what}`, body);
}

/** What the service says of every key: it has the slot, or none. */
async function assertShown({ what, left }: Case): Promise<void> {
  const { items } = (await installation.service.call("GET", "/v1/slashing-protection/keys")).body;
  const member = what === "floors" ? "lowSlot" : "stopSlot";
  const expected = left === ALL ? SLOT[what] : null;
  for (const item of items) assert.equal(item[member] ?? null, expected, "all keys or none");
}

everyFault<Case, null>({
  installation: () => installation,
  cases: CASES,
  arrange: () => null,
  act: (_, { what }) => set(what),
  onDisk: (_, { what }) => {
    const slots = installation.read((database) =>
      database.prepare<[], bigint>(`SELECT ${COLUMN[what]} FROM slashing_validator`).pluck().all(),
    );
    if (slots.every((slot) => slot === null)) return NONE;
    return slots.length === keys.length && slots.every((slot) => String(slot) === SLOT[what]) ? ALL : "some";
  },
  holds: async (_, faultCase) => {
    await assertShown(faultCase);
    if (faultCase.left === NONE) return;
    assert.deepEqual((await set(faultCase.what)).body, { changed: 0 });
    for (const key of keys) {
      const reply = await signDuty(installation.service, key, block(BigInt(SLOT[faultCase.what])));
      assert.match(reply.body.code, /^guard\.(?:below|above)_watermark$/);
    }
  },
});
