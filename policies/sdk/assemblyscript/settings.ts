/** Checks for `policy_validate_settings`. Each returns an empty text, or what is wrong, beginning with the place. */
import { isDecimal } from "./decimal";
import { Json } from "./json";

/** `value` must be an object with no members but `names`. */
export function checkObject(value: Json, at: string, names: string[]): string {
  if (!value.isObject) return at + " must be an object";
  let member = value.first;
  while (member != null) {
    if (!names.includes(member.name)) return at + "/" + member.name + " is not a setting";
    member = member.next;
  }
  return "";
}

/** A string of 1 to `max` characters. */
export function checkText(value: Json, at: string, max: i32): string {
  if (value.isString && value.string().length > 0 && value.string().length <= max) return "";
  return at + " must be text of 1 to " + max.toString() + " characters";
}

/** An amount in the smallest unit. */
export function checkAmount(value: Json, at: string): string {
  if (value.isString && isDecimal(value.string())) return "";
  return at + " must be a decimal string in the smallest unit, without sign or leading zero";
}

export function checkInteger(value: Json, at: string, min: i64, max: i64): string {
  if (value.isInteger && value.integer() >= min && value.integer() <= max) return "";
  return at + " must be an integer from " + min.toString() + " to " + max.toString();
}

export function checkBoolean(value: Json, at: string): string {
  return value.isMissing || value.isBoolean ? "" : at + " must be true or false";
}

/** A list of `min` to `max` strings of 1 to 200 characters. */
export function checkTexts(value: Json, at: string, min: i32, max: i32): string {
  const problem = checkList(value, at, min, max);
  if (problem.length > 0) return problem;
  let item = value.first;
  for (let index = 0; item != null; index++) {
    const itemProblem = checkText(item, at + "/" + index.toString(), 200);
    if (itemProblem.length > 0) return itemProblem;
    item = item.next;
  }
  return "";
}

/** A list of `min` to `max` items of any kind. */
export function checkList(value: Json, at: string, min: i32, max: i32): string {
  if (value.isArray && value.length >= min && value.length <= max) return "";
  return at + " must be a list of " + min.toString() + " to " + max.toString() + " items";
}
