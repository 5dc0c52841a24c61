/** How a duty's body can be wrong in one place: its members one by one, and values that none of them may have. */
import type { DutyBody } from "./duties.ts";

/** Every value below `value` that is no object, with its JSON pointer. */
export function leaves(value: any, pointer = ""): (readonly [pointer: string, value: unknown])[] {
  if (typeof value !== "object" || value === null) return [[pointer, value]];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, `${pointer}/${name}`));
}

/** A copy with `value` at `pointer`; undefined leaves the member out. */
export function replaced(body: DutyBody, pointer: string, value: unknown): DutyBody {
  const copy = structuredClone(body);
  const path = pointer.split("/").slice(1);
  const last = path.pop() ?? "";
  let parent: any = copy;
  for (const name of path) parent = parent[name];
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}

const BYTE_LISTS = /extra_data$|transactions|block_access_list$|request_auth/;

/** Values of another shape, length or range than `value`, which stands at `pointer` of a right body. */
export function wrongValues(pointer: string, value: unknown): readonly unknown[] {
  if (typeof value === "boolean") return ["true", 1, null];
  if (typeof value !== "string") return [{}, null, "x"];
  if (!value.startsWith("0x"))
    return ["-1", "1.5", "0x10", "", " 1", "01", "1e3", 1.5, -1, 2 ** 53, null, [], "9".repeat(90)];
  return ["0x", value.slice(2), `${value}0`, `${value.slice(0, -1)}g`, 7, null, [value]].filter(
    // An empty byte list is a byte list.
    (wrong) => wrong !== "0x" || !BYTE_LISTS.test(pointer),
  );
}
