/** A list of addresses that is asked often: a rule may have hundreds of recipients, and a batch pays hundreds of them. */
import { Json, normalAddress } from "../../sdk/assemblyscript/index";

/** Odd, with bits all over: spreads what differs in a few digits over the buckets. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

export class Addresses {
  private readonly mask: i32;
  /** For each bucket the place of its last address, plus one. */
  private readonly buckets: StaticArray<i32>;
  private readonly names: string[] = [];
  /** For each address the one before it in its bucket, plus one. */
  private readonly previous: i32[] = [];

  /** `list` is an array of strings, or missing. */
  constructor(list: Json) {
    let size = 8;
    while (size < list.length) size <<= 1;
    this.mask = size - 1;
    this.buckets = new StaticArray<i32>(size);
    let item = list.first;
    while (item != null) {
      this.add(normalAddress(item.string()));
      item = item.next;
    }
  }

  /** `address` is normal. */
  has(address: string): bool {
    let place = this.buckets[this.bucketOf(address)];
    while (place > 0) {
      if (this.names[place - 1] == address) return true;
      place = this.previous[place - 1];
    }
    return false;
  }

  private add(address: string): void {
    const bucket = this.bucketOf(address);
    this.names.push(address);
    this.previous.push(this.buckets[bucket]);
    this.buckets[bucket] = this.names.length;
  }

  /** By the last sixteen characters: addresses differ there on every chain. */
  private bucketOf(address: string): i32 {
    const start = changetype<usize>(address);
    const end = start + (usize(address.length) << 1);
    let hash: u64 = u64(address.length);
    for (let at = end; at >= start + 8 && at + 32 > end; at -= 8) hash = (hash ^ load<u64>(at - 8)) * SPREAD;
    return i32(hash >> 40) & this.mask;
  }
}
