/** BIP-340 through both implementations: libsecp256k1 signs and noble verifies before release. */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { schnorr } from "@noble/curves/secp256k1.js";
import { signSchnorr, verifySchnorr, xOnlyPointFromScalar } from "tiny-secp256k1";
import { bip340Rows, skipWithout } from "../../vectors.ts";

const skip = skipWithout("bip340");
const rows = bip340Rows();

function bytes(hex = ""): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

/** False where the implementation throws, as for a public key that is no point. */
function verdict(verify: () => boolean): boolean {
  try {
    return verify();
  } catch {
    return false;
  }
}

suite("bip340", { skip }, () => {
  for (const row of rows) {
    const [index, secret, publicKey, aux, message, signature, result, ...comment] = row;
    const name = `${index}: ${comment.join(",") || "valid"}, ${bytes(message).length}-byte message`;
    test(`${name}: verification is ${result}`, () => {
      const [m, p, s] = [bytes(message), bytes(publicKey), bytes(signature)] as const;
      assert.equal(
        verdict(() => schnorr.verify(s, m, p)),
        result === "TRUE",
      );
      // libsecp256k1's binding takes 32-byte digests only, which is all that Bitcoin signs.
      if (m.length === 32)
        assert.equal(
          verdict(() => verifySchnorr(m, p, s)),
          result === "TRUE",
        );
    });
    if (secret === undefined || secret === "") continue;
    test(`${name}: signing gives the published signature`, () => {
      const [m, sk, s] = [bytes(message), bytes(secret), bytes(signature)] as const;
      assert.deepEqual(schnorr.sign(m, sk, bytes(aux)), s);
      if (m.length !== 32) return;
      assert.deepEqual(new Uint8Array(signSchnorr(m, sk, bytes(aux))), s);
      assert.deepEqual(new Uint8Array(xOnlyPointFromScalar(sk)), bytes(publicKey));
    });
  }
});
