/** Whom and what random instructions name. */
import fc from "fast-check";
import type { Instruction } from "@solana/kit";
import { own } from "./fixtures.ts";
import { attackers, ours, signer, theirs } from "./svm-world.ts";

/** An undefined instruction is none. */
export type Arbitrary = fc.Arbitrary<Instruction | undefined>;

/** Keys that sign: ours more often. */
export const key = fc.constantFrom(own.address, own.address, ...attackers);
export const signing = key.map((address) => signer(address));
export const receiver = fc.constantFrom(...Object.values(ours), ...Object.values(theirs));
export const amount = fc.constantFrom(0n, 1n, 10n, 900n, 1000n, 2_100_000n, 1_000_000_000n, 2_000_000_000n);
