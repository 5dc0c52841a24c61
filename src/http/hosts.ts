/**
 * Which Host a request may name. A page in a browser can give its own name any address, this service's too (DNS rebinding):
 * what no name here was given to is refused on every route, and an address never has to be named.
 * @module
 */
import type { FastifyRequest } from "fastify";
import { isIpAddress } from "../access/validator-clients.ts";
import { ConfigError } from "../config/error.ts";
import { SignerError } from "../domain/errors.ts";

/** Names in lower case, without port; `every` lets any name through. */
export interface HostNames {
  readonly every: boolean;
  readonly names: ReadonlySet<string>;
}

const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;
const HOST = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::([0-9]{1,5}))?$/;
const PORT_MAX = 65_535;

/**
 * The names of `server.allowedHosts`: separated by commas, `*` for any.
 * @param listening what the service listens on: a name there is also the service's name
 * @throws ConfigError where one of them is no host name
 */
export function hostNames(setting: string, listening: string): HostNames {
  const listed = setting.split(",").map((name) => name.trim().toLowerCase());
  const given = setting.trim() === "" ? [] : listed;
  if (given.some((name) => name !== "*" && !NAME.test(name))) {
    throw new ConfigError("server.allowedHosts: must be host names without port, with commas between, or *");
  }
  const own = isIpAddress(listening) ? [] : [listening.toLowerCase()];
  return { every: given.includes("*"), names: new Set(["localhost", ...own, ...given]) };
}

/**
 * The host that the request names, in lower case, without port, brackets and a dot at the end; undefined where HTTP/1.0 names
 * none. @throws SignerError `request.malformed`
 */
export function hostOf(request: FastifyRequest): string | undefined {
  const { rawHeaders, httpVersion, url = "" } = request.raw;
  // Which of two would count is for each reader of the request another one.
  const named = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === "host").length;
  if (named > 1) throw malformed("must be there once, and is there more than once");
  // A whole URL names a host as well. Only proxies are asked so.
  if (!url.startsWith("/") && url !== "*") {
    throw new SignerError("request.malformed", "the request's target must be a path that begins with /");
  }
  const { host } = request.headers;
  if (host === undefined && httpVersion === "1.0") return undefined;
  if (host === undefined || host === "") throw malformed("is missing; name the host, as HTTP/1.1 asks");
  const [, six, name = "", port = "0"] = HOST.exec(host.toLowerCase()) ?? [];
  const found = six ?? name.replace(/\.$/, "");
  const valid = six === undefined ? NAME.test(found) : isIpAddress(found);
  if (!valid || Number(port) > PORT_MAX)
    throw malformed("must be a host name or an address, and may have a port");
  return found;
}

/** @throws SignerError `request.malformed`, `request.host_refused` */
export function assertHost({ every, names }: HostNames, request: FastifyRequest): void {
  const host = hostOf(request);
  if (every || host === undefined || isIpAddress(host) || names.has(host)) return;
  throw new SignerError(
    "request.host_refused",
    "Host: is a name that this service was not given; call it by its address, or add the name to server.allowedHosts",
    { field: "Host" },
  );
}

function malformed(rule: string): SignerError {
  return new SignerError("request.malformed", `Host: ${rule}`, { field: "Host" });
}
