/** What a setting's value must be, in words, from the few members of JSON Schema that settings have. */

export interface SettingSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

/** For people: `must be …`. */
export function settingRule(schema: SettingSchema): string {
  const { type, minimum, maximum, minLength, pattern, enum: values } = schema;
  if (values !== undefined) return `must be one of ${values.join(", ")}`;
  if (type === "boolean") return "must be true or false";
  if (type !== "integer") {
    if (pattern !== undefined) return `must be text that matches ${pattern}`;
    return minLength === undefined ? "must be text" : "must be text, not empty";
  }
  if (maximum === undefined) return `must be a whole number, ${String(minimum)} or more`;
  return `must be a whole number from ${String(minimum)} to ${String(maximum)}`;
}
