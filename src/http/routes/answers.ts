/** Response schemas that every protected route has: its success and the problem document. */
import { Type, type TSchema } from "typebox";

/** A reference to a schema that `server.ts` registers under its `$id`. */
export function reference(name: string): TSchema {
  return Type.Unsafe({ $ref: `${name}#` });
}

/** `status` with `schema`, and problems for everything else. */
export function answers(status: number, schema: TSchema): Record<string, TSchema> {
  return { [status]: schema, "4xx": reference("Problem"), "5xx": reference("Problem") };
}

/** A page of `name`. */
export function pageOf(name: string): TSchema {
  return Type.Object({
    items: Type.Array(reference(name)),
    next: Type.Union([Type.String(), Type.Null()], { description: "Cursor of the next page, or null." }),
  });
}
