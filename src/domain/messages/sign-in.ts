/**
 * Sign-in messages: EIP-4361, and the same form for other chains (CAIP-122 and its namespaces). The whole text must be one:
 * what the grammar does not have, in its place and order, makes it no sign-in.
 * @module
 */
import { isDateTime, isUri, readOrigin, type Origin } from "./grammar.ts";

/** Whose sign-in it has to be. */
export interface SignInAccount {
  /** As the first line calls it. */
  readonly ecosystem: "Ethereum" | "Solana" | "Bitcoin";
  /** True where `text` is the signing key's own address, in a form that the chain allows. */
  isAddress(text: string): boolean;
}

/** The fields of a sign-in, as the message has them; `domain` in lowercase, with its port where it states one. */
export interface SignIn {
  readonly scheme?: string;
  readonly domain: string;
  readonly address: string;
  readonly statement?: string;
  readonly uri: string;
  readonly version: "1";
  readonly chainId: string;
  readonly nonce: string;
  readonly issuedAt: string;
  readonly expirationTime?: string;
  readonly notBefore?: string;
  readonly requestId?: string;
  readonly resources?: readonly string[];
}

export type SignInReading = { readonly signIn: SignIn } | { readonly flaw: string };

/** More than a person reads before signing in. An intent has the fields beside the text, so both must stay small. */
const SIGN_IN_BYTES_MAX = 8192;

/**
 * ethereum/ERCs ERCS/erc-4361.md, "ABNF Message Format". Values are checked one by one afterwards, so that a refusal can name
 * the one that is wrong.
 */
const FORM = (ecosystem: string, head: string): RegExp =>
  new RegExp(
    `^(?:(?<scheme>[^ \n:/]*)://)?(?<domain>[^ \n]+) wants you to sign in with your ${ecosystem} account:\n` +
      `(?<address>[^\n]*)\n\n${head}URI: (?<uri>[^\n]*)\nVersion: (?<version>[^\n]*)\nChain ID: (?<chainId>[^\n]*)\n` +
      `Nonce: (?<nonce>[^\n]*)\nIssued At: (?<issuedAt>[^\n]*)(?:\nExpiration Time: (?<expirationTime>[^\n]*))?` +
      `(?:\nNot Before: (?<notBefore>[^\n]*))?(?:\nRequest ID: (?<requestId>[^\n]*))?` +
      `(?:\nResources:(?<resources>(?:\n- [^\n]*)*))?$`,
  );

/** Without a statement EIP-4361 leaves two empty lines; phantom/sign-in-with-solana (README, ABNF) leaves one. */
const ETHEREUM_HEAD = "(?:(?<statement>[^\n]*)\n)?\n";
const OTHER_HEAD = "(?:(?<statement>[^\n]+)\n\n|\n?)";

const FORMS: Readonly<Record<SignInAccount["ecosystem"], RegExp>> = {
  Ethereum: FORM("Ethereum", ETHEREUM_HEAD),
  Solana: FORM("Solana", OTHER_HEAD),
  Bitcoin: FORM("Bitcoin", OTHER_HEAD),
};

/** EIP-155 numbers; elsewhere the reference of CAIP-2, bare or behind its namespace. */
const CHAIN_IDS: Readonly<Record<SignInAccount["ecosystem"], RegExp>> = {
  Ethereum: /^[0-9]{1,78}$/,
  Solana: /^(?:solana:)?[-_a-zA-Z0-9]{1,32}$/,
  Bitcoin: /^(?:bip122:)?[-_a-zA-Z0-9]{1,32}$/,
};

/** RFC 3986: reserved, unreserved and space. */
const STATEMENT = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;= ]*$/;
/** RFC 3986: pchar. */
const REQUEST_ID = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*$/;
const NONCE = /^[A-Za-z0-9]{8,}$/;

/** What a service may look up. Other schemes carry powers: urn:recap (ERC-5573), lit, ceramic, kepler. */
const RESOURCE = /^(?:https?|ipfs):\/\//i;
/** How ERC-5573 ends a statement that grants the resources' powers to the URI. */
const DELEGATION = /I further authorize the stated URI/i;

/** The text speaks of a sign-in: then it has to be one in every detail, and its flaw is worth naming. */
const CLAIM = /wants you to sign in with your/i;

/** The sign-in that `text` is, what is wrong with it, or undefined where it does not look like one. */
export function readSignIn(text: string, account: SignInAccount): SignInReading | undefined {
  if (!CLAIM.test(text)) return undefined;
  const { ecosystem } = account;
  const fields = text.length > SIGN_IN_BYTES_MAX ? undefined : FORMS[ecosystem].exec(text)?.groups;
  if (fields === undefined)
    return { flaw: `it asks to sign in, but is not the form of a sign-in with an ${ecosystem} account` };
  const flaw = flawIn(fields, account) ?? placeFlaw(fields) ?? resourceFlaw(resourcesIn(fields));
  return flaw === undefined ? { signIn: signInOf(fields) } : { flaw: `as a sign-in, ${flaw}` };
}

type Fields = Readonly<Record<string, string | undefined>>;

function flawIn(fields: Fields, account: SignInAccount): string | undefined {
  const { address = "", statement = "", version, chainId = "", nonce = "", requestId = "" } = fields;
  if (!account.isAddress(address)) return "its address is not the signing key's own";
  if (!STATEMENT.test(statement)) return "its statement has characters that EIP-4361 does not allow";
  if (DELEGATION.test(statement)) return "its statement hands powers to its URI (ERC-5573)";
  if (version !== "1") return "its version is not 1";
  if (!CHAIN_IDS[account.ecosystem].test(chainId)) return "its chain ID is none";
  if (!NONCE.test(nonce)) return "its nonce is not 8 or more letters and digits";
  for (const name of ["issuedAt", "expirationTime", "notBefore"]) {
    const time = fields[name];
    if (time !== undefined && !isDateTime(time)) return `its ${name} is no RFC 3339 time`;
  }
  return REQUEST_ID.test(requestId)
    ? undefined
    : "its request ID has characters that EIP-4361 does not allow";
}

/** The service named in the first line must be the one that the URI leads to. */
function placeFlaw({ scheme, domain = "", uri = "" }: Fields): string | undefined {
  const place = isUri(uri) ? readOrigin(uri) : undefined;
  if (place === undefined) return "its URI is not an https address";
  const origin = readOrigin(`${scheme ?? place.scheme}://${domain}`);
  if (origin === undefined || /[/?#]/.test(domain)) return "its domain is no host with or without a port";
  if (origin.scheme !== place.scheme) return "its URI has another scheme than its domain";
  if (origin.host !== place.host) return "its URI leads to another host than its domain";
  return isSafe(place) ? undefined : "its URI is not an https address";
}

/** EIP-4361: wallets should allow https alone, and plain http only for what runs on the same machine. */
function isSafe({ scheme, host }: Origin): boolean {
  return scheme === "https" || (scheme === "http" && LOOPBACK.has(host));
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function resourceFlaw(resources: readonly string[]): string | undefined {
  const foreign = resources.find((resource) => !isUri(resource) || !RESOURCE.test(resource));
  if (foreign === undefined) return undefined;
  if (/^urn:recap:/i.test(foreign)) return "its resources delegate powers (ERC-5573)";
  return "a resource is no https, http or ipfs address, and may delegate powers";
}

function resourcesIn({ resources = "" }: Fields): string[] {
  return resources.split("\n- ").slice(1);
}

function signInOf(fields: Fields): SignIn {
  const { domain = "", address = "", uri = "", chainId = "", nonce = "", issuedAt = "" } = fields;
  const { scheme, statement, expirationTime, notBefore, requestId } = fields;
  return {
    ...(scheme === undefined ? {} : { scheme: scheme.toLowerCase() }),
    domain: domain.toLowerCase(),
    address,
    ...(statement === undefined ? {} : { statement }),
    uri,
    version: "1",
    chainId,
    nonce,
    issuedAt,
    ...(expirationTime === undefined ? {} : { expirationTime }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(fields["resources"] === undefined ? {} : { resources: resourcesIn(fields) }),
  };
}
