/**
 * A JSON reader for what the host sends: UTF-8, valid, without duplicate names. Anything else traps, and so does
 * reading a member as what it is not: a policy that misreads its input must deny, and a trap denies.
 */

export const enum JsonKind {
  Missing,
  Null,
  Boolean,
  Number,
  String,
  Array,
  Object,
}

/** One value. Members and items are linked lists, so that reading allocates one object per value and nothing more. */
export class Json {
  /** The member's name inside an object. */
  name: string = "";
  /** Characters of a string, or the literal of a number or boolean. */
  private text: string = "";
  /** First member or item; then follow `next`. */
  first: Json | null = null;
  next: Json | null = null;
  /** Members or items. */
  length: i32 = 0;

  constructor(public readonly kind: JsonKind) {}

  /** Reads the `length` bytes at `pointer`. */
  static read(pointer: usize, length: i32): Json {
    const reader = new Reader(pointer, pointer + usize(length));
    const value = reader.value(0);
    reader.end();
    return value;
  }

  static withText(kind: JsonKind, text: string): Json {
    const value = new Json(kind);
    value.text = text;
    return value;
  }

  /** The member `name`, or a value for which `isMissing` is true; so paths can be chained. */
  get(name: string): Json {
    let member = this.first;
    while (member != null) {
      if (member.name == name) return member;
      member = member.next;
    }
    return MISSING;
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

  /** True for an integer literal that fits 15 digits; so `integer()` will not trap. */
  get isInteger(): bool {
    if (this.kind != JsonKind.Number || this.text.length > 15) return false;
    for (let index = 0; index < this.text.length; index++) {
      const code = this.text.charCodeAt(index);
      if ((code < 48 || code > 57) && !(code == 45 && index == 0)) return false;
    }
    return true;
  }

  /** Traps unless this is a string. */
  string(): string {
    if (!this.isString) unreachable();
    return this.text;
  }

  /** The string, or `otherwise` where the member is missing or null; traps for any other kind. */
  stringOr(otherwise: string): string {
    return this.isMissing || this.isNull ? otherwise : this.string();
  }

  /** Traps unless this is an integer of at most 15 digits. */
  integer(): i64 {
    if (!this.isInteger) unreachable();
    return I64.parseInt(this.text);
  }

  /** Traps unless this is true or false. */
  boolean(): bool {
    if (!this.isBoolean) unreachable();
    return this.text == "true";
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
}

const MISSING = new Json(JsonKind.Missing);
const DEPTH_MAX = 128;

class Reader {
  constructor(
    private at: usize,
    private readonly stop: usize,
  ) {}

  value(depth: i32): Json {
    if (depth > DEPTH_MAX) unreachable();
    this.space();
    const first = this.peek();
    if (first == 0x7b) return this.object(depth);
    if (first == 0x5b) return this.array(depth);
    if (first == 0x22) return Json.withText(JsonKind.String, this.string());
    if (first == 0x74) return this.word(JsonKind.Boolean, "true");
    if (first == 0x66) return this.word(JsonKind.Boolean, "false");
    if (first == 0x6e) return this.word(JsonKind.Null, "null");
    return this.number();
  }

  end(): void {
    this.space();
    if (this.at != this.stop) unreachable();
  }

  private object(depth: i32): Json {
    const object = new Json(JsonKind.Object);
    this.at++;
    if (this.take(0x7d)) return object;
    let last: Json | null = null;
    do {
      this.space();
      const name = this.string();
      if (!this.take(0x3a)) unreachable();
      const member = this.value(depth + 1);
      member.name = name;
      if (last == null) object.first = member;
      else last.next = member;
      last = member;
      object.length++;
    } while (this.take(0x2c));
    if (!this.take(0x7d)) unreachable();
    return object;
  }

  private array(depth: i32): Json {
    const array = new Json(JsonKind.Array);
    this.at++;
    if (this.take(0x5d)) return array;
    let last: Json | null = null;
    do {
      const item = this.value(depth + 1);
      if (last == null) array.first = item;
      else last.next = item;
      last = item;
      array.length++;
    } while (this.take(0x2c));
    if (!this.take(0x5d)) unreachable();
    return array;
  }

  private string(): string {
    if (this.peek() != 0x22) unreachable();
    const start = ++this.at;
    for (;;) {
      const byte = this.peek();
      if (byte == 0x22) break;
      if (byte == 0x5c) return this.escaped(start);
      if (byte < 0x20) unreachable();
      this.at++;
    }
    return String.UTF8.decodeUnsafe(start, this.at++ - start);
  }

  /** The rest of a string that has an escape; `start` is its first byte. */
  private escaped(start: usize): string {
    let text = "";
    let run = start;
    let byte = this.peek();
    while (byte != 0x22) {
      if (byte < 0x20) unreachable();
      this.at++;
      if (byte == 0x5c) {
        text += String.UTF8.decodeUnsafe(run, this.at - 1 - run) + String.fromCharCode(this.escape());
        run = this.at;
      }
      byte = this.peek();
    }
    return text + String.UTF8.decodeUnsafe(run, this.at++ - run);
  }

  private escape(): i32 {
    const byte = this.peek();
    this.at++;
    if (byte == 0x22 || byte == 0x5c || byte == 0x2f) return byte;
    if (byte == 0x62) return 8;
    if (byte == 0x66) return 12;
    if (byte == 0x6e) return 10;
    if (byte == 0x72) return 13;
    if (byte == 0x74) return 9;
    if (byte != 0x75) unreachable();
    let code = 0;
    for (let digit = 0; digit < 4; digit++) {
      code = (code << 4) | hexValue(this.peek());
      this.at++;
    }
    return code;
  }

  private number(): Json {
    const start = this.at;
    while (this.at < this.stop && isNumberByte(load<u8>(this.at))) this.at++;
    if (this.at == start) unreachable();
    return Json.withText(JsonKind.Number, String.UTF8.decodeUnsafe(start, this.at - start));
  }

  private word(kind: JsonKind, word: string): Json {
    for (let index = 0; index < word.length; index++) {
      if (i32(this.peek()) != word.charCodeAt(index)) unreachable();
      this.at++;
    }
    return Json.withText(kind, word);
  }

  private take(byte: u8): bool {
    this.space();
    if (this.at >= this.stop || load<u8>(this.at) != byte) return false;
    this.at++;
    return true;
  }

  private space(): void {
    while (this.at < this.stop) {
      const byte = load<u8>(this.at);
      if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return;
      this.at++;
    }
  }

  private peek(): u8 {
    if (this.at >= this.stop) unreachable();
    return load<u8>(this.at);
  }
}

/** `+ - . 0-9 E e` */
function isNumberByte(byte: u8): bool {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte == 0x2d ||
    byte == 0x2b ||
    byte == 0x2e ||
    byte == 0x45 ||
    byte == 0x65
  );
}

function hexValue(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  if (lower < 0x61 || lower > 0x66) unreachable();
  return lower - 0x57;
}
