/**
 * The members of the published vectors: those that a test reads, and those that are known and left aside on purpose. A member that is
 * in neither list fails the tests of its file, since a vector says nothing through a member that nobody reads.
 *
 * A list belongs to an object, named by its path; `[]` is each element, `*` any name, and `name.**` also all below it.
 */

/** Names, separated by a comma, by the path of their object. */
type Members = Readonly<Record<string, string>>;

export interface FileMembers {
  readonly read: Members;
  /** Taken out before a test sees the file. */
  readonly ignored?: Members;
}

/** Where a file comes from. */
const ABOUT: Members = { "": "origin, note, source" };
const PSBT: FileMembers = { read: { "cases[]": "section, case, hex, base64" }, ignored: ABOUT };

/** By file, or by folder with `/*`. */
export const VECTOR_MEMBERS: Readonly<Record<string, FileMembers>> = {
  "babylon/eots.json": {
    read: {
      "vectors[]":
        "i, sk, pk, pk_y_odd, chain_id_hex, height, r, pub_rand, r_y_odd, msg, sig, msg2, sig2, e, extracted_even_y_sk",
    },
    // Of releases before the iteration, which no provider may use any more.
    ignored: { ...ABOUT, "vectors[]": "legacy_pub_rand_no_iteration" },
  },
  "babylon/eots_negative.json": {
    read: { "vectors[]": "case, pk, pub_rand, msg, sig, valid" },
    ignored: ABOUT,
  },
  "babylon/hmac_header.json": {
    read: { "vectors[]": "message, proto_hex, hmac_key, header_value" },
    ignored: { "": "origin, note, header" },
  },
  "babylon/key_derivation.json": {
    read: { "vectors[]": "mnemonic, bip39_passphrase, hd_path, seed, sk, eots_pk" },
    ignored: ABOUT,
  },
  "babylon/schnorr_rfc6979.json": { read: { "vectors[]": "sk, pk, hash, sig" }, ignored: ABOUT },
  "babylon/sign_record_encoding.json": {
    read: { "vectors[]": "chain_id_hex, pk, height, bbolt_key, value_proto, msg, sig, timestamp_ms" },
    ignored: { "": "origin, bucket" },
  },
  "bip32/bip32.json": {
    read: { "valid[]": "seed", "valid[].chains[]": "path, xpub, xprv", "invalid[]": "key, reason" },
    ignored: ABOUT,
  },
  "bip322/basic-test-vectors.json": {
    read: {
      "tx_hashes[]": "message, address, message_hash, to_spend_tx_hash, to_sign_tx_hash",
      "simple[]": "message, private_keys, address, type, bip322_signatures",
      "error[]": "description, message, address, signature",
    },
    // Scripts that no wallet here has, and the words of another implementation.
    ignored: { "simple[]": "witness_script", "error[]": "error_substr" },
  },
  "bip341/wallet-test-vectors.json": {
    read: {
      "scriptPubKey[].given": "internalPubkey",
      "scriptPubKey[].intermediary": "tweak, tweakedPubkey",
      "scriptPubKey[].expected": "scriptPubKey, bip350Address",
      "keyPathSpending[].given": "rawUnsignedTx",
      "keyPathSpending[].given.utxosSpent[]": "scriptPubKey, amountSats",
      "keyPathSpending[].inputSpending[].given": "txinIndex, internalPrivkey, merkleRoot, hashType",
      "keyPathSpending[].inputSpending[].intermediary": "tweak, tweakedPrivkey, sigMsg, sigHash",
      "keyPathSpending[].inputSpending[].expected": "witness",
      "keyPathSpending[].auxiliary": "fullySignedTx",
    },
    // Of a tree only whether there is one is read: no wallet here spends by a script. The hashes are inside sigMsg.
    ignored: {
      "": "version",
      "scriptPubKey[].given.scriptTree": "id, script, leafVersion",
      "scriptPubKey[].given.scriptTree[]": "id, script, leafVersion",
      "scriptPubKey[].given.scriptTree[][]": "id, script, leafVersion",
      "scriptPubKey[].intermediary": "merkleRoot, leafHashes",
      "scriptPubKey[].expected": "scriptPathControlBlocks",
      "keyPathSpending[].intermediary":
        "hashAmounts, hashOutputs, hashPrevouts, hashScriptPubkeys, hashSequences",
      "keyPathSpending[].inputSpending[].intermediary": "internalPubkey, precomputedUsed",
    },
  },
  "bip39/vectors.json": {
    read: {
      "": "english, chinese_simplified, chinese_traditional, czech, french, italian, japanese, korean, portuguese, spanish, russian, turkish",
    },
  },
  // Both are of the one mnemonic that the tests have; private extended keys never leave the vault.
  "bip49-84-86/bip84.json": {
    read: { "[]": "section, xpub, privkey, pubkey, address" },
    ignored: { "[]": "mnemonic, rootpriv, rootpub, xpriv" },
  },
  "bip49-84-86/bip86.json": {
    read: { "[]": "section, xpub, internal_key, output_key, scriptPubKey, address" },
    ignored: { "[]": "mnemonic, rootpriv, rootpub, xprv" },
  },
  "eip3076/generated/*": {
    read: {
      "": "name, genesis_validators_root",
      "steps[]": "should_succeed, contains_slashable_data",
      "steps[].interchange.metadata": "interchange_format_version, genesis_validators_root",
      "steps[].interchange.data[]": "pubkey",
      "steps[].interchange.data[].signed_blocks[]": "slot, signing_root",
      "steps[].interchange.data[].signed_attestations[]": "source_epoch, target_epoch, signing_root",
      "steps[].blocks[]": "pubkey, slot, signing_root, should_succeed, should_succeed_complete",
      "steps[].attestations[]":
        "pubkey, source_epoch, target_epoch, signing_root, should_succeed, should_succeed_complete",
    },
  },
  "ethereum/eip2333.json": {
    read: { "cases[]": "seed, mnemonic, passphrase, master_SK, child_index, child_SK" },
    ignored: ABOUT,
  },
  "ethereum/eip2335.json": {
    read: {
      "": "password, encodedPasswordHex, secretHex",
      "keystores[]": "crypto.**, description, pubkey, path, uuid, version",
    },
    ignored: ABOUT,
  },
  "ethereum/eip712-typed-data.json": {
    read: { "[]": "name, domain.**, primaryType, types.**, data.**, digest" },
    // The digest is of this encoding.
    ignored: { "[]": "encoded" },
  },
  "ethereum/transactions.json.gz": {
    read: {
      "[]": "name, privateKey, unsignedEip155, unsignedBerlin, unsignedLondon, unsignedCancun, signedEip155, signedBerlin, signedLondon, signedCancun",
      "[].transaction":
        "to, nonce, gasLimit, gasPrice, maxFeePerGas, maxPriorityFeePerGas, data, value, chainId, maxFeePerBlobGas, blobVersionedHashes",
      "[].transaction.accessList[]": "address, storageKeys",
    },
    // Without a chain id it is refused; the signatures are inside the signed transactions.
    ignored: {
      "[]": "unsignedLegacy, signedLegacy, signatureLegacy, signatureEip155, signatureBerlin, signatureLondon, signatureCancun",
    },
  },
  "merkle/consistency.json": {
    read: { "cases[]": "name, size1, size2, root1, root2, proof, desc, wantErr" },
    ignored: ABOUT,
  },
  "merkle/inclusion.json": {
    read: { "cases[]": "name, leafIdx, treeSize, root, leafHash, proof, desc, wantErr" },
    ignored: ABOUT,
  },
  "merkle/log-15.json": {
    read: { "": "entries_utf8, tile_level0_hex", "checkpoints[]": "size, root_base64" },
    // The entries again, as a tile log stores them.
    ignored: { "": "source, entry_bundle_hex" },
  },
  "merkle/rfc6962-tree.json": {
    read: { "": "leaf_inputs.**, node_hashes.**, root_hashes_by_size.**" },
    ignored: ABOUT,
  },
  "merkle/signed-notes.json": {
    read: { "cases[]": "name, kind, verifier_key, note, valid" },
    ignored: { "cases[]": "source" },
  },
  "psbt/bip174-v0.json": PSBT,
  "psbt/bip370-v2.json": PSBT,
  "psbt/bip371-taproot.json": PSBT,
  "slip10/slip10.json": {
    read: { "vectors[]": "name, seed", "vectors[].chains[]": "path, chain code, private, public" },
    // Nothing here shows or reads a fingerprint.
    ignored: { ...ABOUT, "vectors[].chains[]": "fingerprint" },
  },
  "solana/kit-message-codec.json": {
    read: {
      "cases[]": "version, name, bytesHex",
      "cases[].message": "lifetimeToken, staticAccounts, version",
      "cases[].message.header": "numReadonlyNonSignerAccounts, numReadonlySignerAccounts, numSignerAccounts",
      "cases[].message.instructions[]": "accountIndices, programAddressIndex, data.**",
      "cases[].message.addressTableLookups[]": "lookupTableAddress, readonlyIndexes, writableIndexes",
    },
    // Of version 1 alone, which is refused by its bytes.
    ignored: {
      ...ABOUT,
      "cases[].message":
        "configMask, configValues, instructionHeaders, instructionPayloads, numInstructions, numStaticAccounts",
    },
  },
  "starknet/keys_precomputed.json": { read: { "": "*" } },
  "starknet/poseidon/known_answers.json": {
    read: {
      "permutation[]": "params, input, output",
      "hash[]": "input, output",
      "hash_single[]": "input, output",
      "hash_many[]": "input, output",
    },
  },
  "starknet/rfc6979_signature_test_vector.json": {
    read: { "": "private_key", "messages[]": "hash, r, s" },
  },
  "starknet/snip12/expected.json": { read: { "": "account", "cases[]": "file, revision, message_hash" } },
  // Documents that are hashed whole.
  "starknet/snip12/*": { read: { "": "types.**, primaryType, domain.**, message.**" } },
  "wasm/*": {
    read: {
      "commands[]": "type, line, filename, name, as",
      "commands[].action": "type, module, field",
      "commands[].action.args[]": "type, value",
      "commands[].expected[]": "type, value",
    },
    // Where a text module came from, and the words of another implementation.
    ignored: { "": "source_filename", "commands[]": "text, module_type" },
  },
};
