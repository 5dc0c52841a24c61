/** The parts of RFC 3986 and RFC 3339 that sign-in messages are made of. ASCII alone: a look-alike letter is refused. */

const URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;

/** No user part, no percent-encoding, no dot at the end: what one reader takes for the host, every reader does. */
const ORIGIN =
  /^([a-z][a-z0-9+.-]*):\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?(?:[/?#]|$)/;

const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

export interface Origin {
  readonly scheme: string;
  /** A name, an IPv4 address, or an IPv6 address in brackets; lowercase, without a port. */
  readonly host: string;
}

/** True for an absolute URI by its characters. */
export function isUri(text: string): boolean {
  return URI.test(text);
}

/** Scheme and host of a URI with a plain authority, or undefined. */
export function readOrigin(uri: string): Origin | undefined {
  const [, scheme, host] = ORIGIN.exec(uri.toLowerCase()) ?? [];
  return scheme === undefined || host === undefined ? undefined : { scheme, host };
}

/** True for an RFC 3339 date-time on a day that exists. */
export function isDateTime(text: string): boolean {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  if (year === undefined) return false;
  // The calendar repeats every 400 years; Date.UTC takes years below 100 for others.
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  return Number(day) <= lastDay;
}
