/** Known answers for every algorithm the vault relies on. One wrong bit and the vault does not start. */
import { argon2Sync, sign } from "node:crypto";
import * as stark from "@scure/starknet";
import * as tiny from "tiny-secp256k1";
import { concat, toHex, utf8 } from "../domain/bytes.ts";
import { signBls } from "./sign/bls.ts";
import { signEots } from "./eots/eots.ts";
import { ed25519Handle } from "./wallet/private-keys.ts";
import { openBox } from "./seal/sealed-box.ts";
import { secp256k1 } from "./sign/secp256k1.ts";

export interface KnownAnswer {
  readonly name: string;
  /** Lowercase hex without 0x. */
  readonly expected: string;
  readonly compute: () => Uint8Array;
}

/** Published vectors, computed through the functions that production uses. */
export const KNOWN_ANSWERS: readonly KnownAnswer[] = [
  {
    // Key 1, SHA-256("Satoshi Nakamoto"): the secp256k1 vector that every RFC 6979 implementation shares.
    name: "ECDSA secp256k1, RFC 6979",
    expected:
      "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    compute: () =>
      secp256k1.signEcdsa(
        hex("a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e"),
        hex("0000000000000000000000000000000000000000000000000000000000000001"),
      ).bytes,
  },
  {
    name: "Schnorr secp256k1, BIP-340 vector 1",
    expected:
      "6896bd60eeae296db48a229ff71dfe071bde413e6d43f917dc8dcf8c78de33418906d11ac976abccb20b091292bff4ea897efcb639ea871cfa95f6de339e4b0a",
    compute: () =>
      tiny.signSchnorr(
        hex("243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89"),
        hex("b7e151628aed2a6abf7158809cf4f3c762e7160f38b4da56a784d9045190cfef"),
        hex("0000000000000000000000000000000000000000000000000000000000000001"),
      ),
  },
  {
    // Case 2 of the published set of an independent implementation: key n-1, so both points have an odd y and a key that
    // was brought to an even y before the nonce would give another answer. Public randomness ‖ s.
    name: "EOTS secp256k1, Babylon",
    expected:
      "378171c9862c479513201c64a5415b075f88c3fb6cfe9422c7093450244d5ddd29823871bf94dd3ff6073026f54d27998a22a9c22f62d84b19e2fef261e41f3c",
    compute: () => {
      const secret = hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140");
      return signEots(secret, secp256k1.publicKey(secret), {
        chainId: utf8("bbn-test-6"),
        height: 2875927n,
        message: hex("00000000002be2177c8f520660196deda60709b9d67017874fa014755dc711a6173db26d96e70647"),
      });
    },
  },
  {
    name: "Ed25519, RFC 8032 section 7.1 test 2",
    expected:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    compute: () =>
      sign(
        null,
        hex("72"),
        ed25519Handle(hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")),
      ),
  },
  {
    // StarkWare's rfc6979_signature_test_vector.json, hash 1.
    name: "ECDSA Stark curve, RFC 6979",
    expected: [
      3162358736122783857144396205516927012128897537504463716197279730251407200037n,
      1447067116407676619871126378936374427636662490882969509559888874644844560850n,
    ]
      .map((scalar) => scalar.toString(16).padStart(64, "0"))
      .join(""),
    compute: () =>
      stark
        .sign(
          hex("0000000000000000000000000000000000000000000000000000000000000001"),
          hex("03c1e9550e66958296d11b60f8e8e7a7ad990d07fa65d5f7652c4a6c87d4e3cc"),
        )
        .toBytes("compact"),
  },
  {
    // The consensus specification's bls/sign case for this key and the zero message.
    name: "BLS12-381, proof-of-possession ciphersuite",
    expected:
      "b6ed936746e01f8ecf281f020953fbf1f01debd5657c4a383940b020b26507f6076334f91e2366c96e9ab279fb5158090352ea1c5b0c9274504f4f0e7053af24802e51e4568d164fe986834f41e55c8e850ce1f98458c0cfc9ab380b55285a55",
    compute: () =>
      signBls(hex("263dbd792f5b1be47ed85f8938c0f29586af0d3ac7b977f21c278fe1462040e3"), new Uint8Array(32)),
  },
  {
    // The GCM specification's test case 16, with a version byte in front.
    name: "AES-256-GCM",
    expected:
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    compute: () =>
      openBox(
        hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
        concat(
          hex("01"),
          hex("cafebabefacedbaddecaf888"),
          hex(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838",
          ),
          hex("c5f61e6393ba7a0abcc9f662"),
          hex("76fc6ece0f4e1768cddf8853bb2d551b"),
        ),
        hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
      ) ?? new Uint8Array(0),
  },
  {
    name: "Argon2id, RFC 9106 section 5.3",
    expected: "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
    compute: () =>
      argon2Sync("argon2id", {
        message: new Uint8Array(32).fill(1),
        nonce: new Uint8Array(16).fill(2),
        secret: new Uint8Array(8).fill(3),
        associatedData: new Uint8Array(12).fill(4),
        memory: 32,
        passes: 3,
        parallelism: 4,
        tagLength: 32,
      }),
  },
];

/** @throws Error that names the first algorithm whose answer differs, or that failed */
export function runSelfTest(answers: readonly KnownAnswer[]): void {
  for (const { name, expected, compute } of answers) {
    let actual: string;
    try {
      actual = toHex(compute()).slice(2);
    } catch (error) {
      throw new Error(`self-test failed: ${name} threw; this build must not sign`, { cause: error });
    }
    if (actual !== expected)
      throw new Error(`self-test failed: ${name} gave a wrong answer; this build must not sign`);
  }
}

function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, "hex"));
}
