/**
 * A JSON reader for what the host sends: UTF-8, valid, without duplicate names. Reading is lazy: a member or item becomes an
 * object when it is asked for, and what nobody asks for is passed over unread. What is read and malformed traps, and so does
 * reading a member as what it is not: a policy that misreads its input must deny, and a trap denies.
 */
import { afterSpace, containerEnd, isPlainText, pastSpace, numberEnd, stringEnd, textOf } from "./json-text";

export const enum JsonKind {
  Missing,
  Null,
  Boolean,
  Number,
  String,
  Array,
  Object,
}

/** One value. Read members and items in their order: each byte is then passed over about once. */
export class Json {
  private parent: Json | null = null;
  private nameStart: usize = 0;
  private nameLength: i32 = 0;
  /** Behind the value; 0 while nobody has looked for the end of this array or object. */
  private end: usize = 0;
  private head: Json | null = null;
  /** The last member or item that was asked for. */
  private tail: Json | null = null;
  private follower: Json | null = null;
  /** True once `head`, or `follower`, is known, which may be that there is none. */
  private opened: bool = false;
  private followed: bool = false;
  private decoded: string | null = null;

  private constructor(
    public readonly kind: JsonKind,
    /** The first byte; of a string the one behind its quote. */
    private readonly start: usize,
    /** The end of the whole text. */
    private readonly stop: usize,
  ) {}

  /** Reads the `length` bytes at `pointer`. */
  static read(pointer: usize, length: i32): Json {
    const stop = pointer + usize(length);
    const value = Json.at(pointer, stop);
    if (value.end != 0) value.finish(value.end);
    return value;
  }

  static missing(): Json {
    return new Json(JsonKind.Missing, 0, 0);
  }

  /** The value that begins at `at`. */
  private static at(start: usize, stop: usize): Json {
    const at = pastSpace(start, stop);
    const first = load<u8>(at);
    if (first == 0x22) return Json.ended(JsonKind.String, at + 1, stringEnd(at + 1, stop) + 1, stop);
    if (first == 0x7b) return new Json(JsonKind.Object, at, stop);
    if (first == 0x5b) return new Json(JsonKind.Array, at, stop);
    if (first == 0x74) return Json.word(JsonKind.Boolean, at, stop, 0x65757274, 4);
    if (first == 0x66) return Json.word(JsonKind.Boolean, at, stop, 0x65736c61, 5);
    if (first == 0x6e) return Json.word(JsonKind.Null, at, stop, 0x6c6c756e, 4);
    return Json.ended(JsonKind.Number, at, numberEnd(at, stop), stop);
  }

  private static ended(kind: JsonKind, start: usize, end: usize, stop: usize): Json {
    const value = new Json(kind, start, stop);
    value.end = end;
    return value;
  }

  /** `last` are the last four characters of the word, as a little-endian number. */
  private static word(kind: JsonKind, at: usize, stop: usize, last: u32, length: i32): Json {
    const end = at + usize(length);
    if (end > stop || load<u32>(end - 4) != last) unreachable();
    return Json.ended(kind, at, end, stop);
  }

  /** The member's name inside an object. */
  get name(): string {
    return textOf(this.nameStart, this.nameStart + usize(this.nameLength));
  }

  /** First member or item, or null; then follow `next`. */
  get first(): Json | null {
    if (!this.opened) {
      this.opened = true;
      if (this.isObject || this.isArray) {
        const at = pastSpace(this.start + 1, this.stop);
        if (load<u8>(at) == this.closing) this.finish(at + 1);
        else this.head = this.child(at);
      }
    }
    return this.head;
  }

  /** The member or item behind this one, or null. */
  get next(): Json | null {
    const parent = this.parent;
    if (!this.followed && parent != null) {
      this.followed = true;
      const at = pastSpace(this.behind(), this.stop);
      const byte = load<u8>(at);
      if (byte == 0x2c) this.follower = parent.child(at + 1);
      else if (byte == parent.closing) parent.finish(at + 1);
      else unreachable();
    }
    return this.follower;
  }

  /** Members or items; 0 for anything else. */
  get length(): i32 {
    let count = 0;
    let item = this.first;
    while (item != null) {
      count++;
      item = item.next;
    }
    return count;
  }

  /** The member `name`, or a value for which `isMissing` is true; so paths can be chained. */
  get(name: string): Json {
    if (!this.isObject) return MISSING;
    let member = this.first;
    while (member != null) {
      if (isPlainText(member.nameStart, member.nameLength, name)) return member;
      member = member.next;
    }
    return isPlainName(name) ? MISSING : this.getDecoded(name);
  }

  has(name: string): bool {
    return !this.get(name).isMissing;
  }

  get isMissing(): bool {
    return this.kind == JsonKind.Missing;
  }

  get isNull(): bool {
    return this.kind == JsonKind.Null;
  }

  get isString(): bool {
    return this.kind == JsonKind.String;
  }

  get isBoolean(): bool {
    return this.kind == JsonKind.Boolean;
  }

  get isArray(): bool {
    return this.kind == JsonKind.Array;
  }

  get isObject(): bool {
    return this.kind == JsonKind.Object;
  }

  /** True for an integer literal of at most 15 characters; so `integer()` will not trap. */
  get isInteger(): bool {
    const length = this.end - this.start;
    if (this.kind != JsonKind.Number || length > 15) return false;
    const first = this.isNegative ? this.start + 1 : this.start;
    for (let at = first; at < this.end; at++) {
      const byte = load<u8>(at);
      if (byte < 48 || byte > 57) return false;
    }
    return first < this.end;
  }

  /** Traps unless this is a string. */
  string(): string {
    if (!this.isString) unreachable();
    const known = this.decoded;
    if (known != null) return known;
    const text = textOf(this.start, this.end - 1);
    this.decoded = text;
    return text;
  }

  /** The string, or `otherwise` where the member is missing or null; traps for any other kind. */
  stringOr(otherwise: string): string {
    return this.isMissing || this.isNull ? otherwise : this.string();
  }

  /** Traps unless this is an integer of at most 15 characters. */
  integer(): i64 {
    if (!this.isInteger) unreachable();
    let value: i64 = 0;
    for (let at = this.isNegative ? this.start + 1 : this.start; at < this.end; at++) {
      value = value * 10 + i64(load<u8>(at) - 48);
    }
    return this.isNegative ? -value : value;
  }

  /** Traps unless this is true or false. */
  boolean(): bool {
    if (!this.isBoolean) unreachable();
    return load<u8>(this.start) == 0x74;
  }

  /** The boolean, or false where the member is missing. */
  get isTrue(): bool {
    return !this.isMissing && this.boolean();
  }

  /** The items of an array of strings; empty where the member is missing; traps for any other kind. */
  strings(): string[] {
    const list: string[] = [];
    if (this.isMissing) return list;
    if (!this.isArray) unreachable();
    let item = this.first;
    while (item != null) {
      list.push(item.string());
      item = item.next;
    }
    return list;
  }

  private get isNegative(): bool {
    return load<u8>(this.start) == 0x2d;
  }

  private get closing(): u8 {
    return this.isObject ? 0x7d : 0x5d;
  }

  /** The member or item that begins at `at`, behind white space. */
  private child(at: usize): Json {
    const stop = this.stop;
    if (!this.isObject) return this.adopt(Json.at(at, stop));
    at = pastSpace(at, stop);
    if (load<u8>(at) != 0x22) unreachable();
    const nameEnd = stringEnd(at + 1, stop);
    const colon = pastSpace(nameEnd + 1, stop);
    if (load<u8>(colon) != 0x3a) unreachable();
    const value = Json.at(colon + 1, stop);
    value.nameStart = at + 1;
    value.nameLength = i32(nameEnd - at - 1);
    return this.adopt(value);
  }

  private adopt(value: Json): Json {
    value.parent = this;
    this.tail = value;
    return value;
  }

  private behind(): usize {
    if (this.end == 0) {
      const tail = this.tail;
      this.end = containerEnd(tail == null ? this.start + 1 : tail.behind(), this.stop);
    }
    return this.end;
  }

  /** The value ends before `end`; nothing may follow the outermost one. */
  private finish(end: usize): void {
    this.end = end;
    if (this.parent == null && afterSpace(end, this.stop) != this.stop) unreachable();
  }

  /** For a name of which the text has some characters in another form. */
  private getDecoded(name: string): Json {
    let member = this.first;
    while (member != null) {
      if (member.name == name) return member;
      member = member.next;
    }
    return MISSING;
  }
}

/** True where canonical JSON writes every character as one byte, itself. */
function isPlainName(name: string): bool {
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index);
    if (unit > 126 || unit < 32 || unit == 34 || unit == 92) return false;
  }
  return true;
}

const MISSING = Json.missing();
