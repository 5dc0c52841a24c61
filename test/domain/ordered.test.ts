/** An order that is kept gives what sorting everything would give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ordered } from "../../src/domain/ordered.ts";

interface Item {
  readonly name: string;
  readonly value: number;
}

const nameOf = ({ name }: Item): string => name;

/** The plain rule: everything, sorted, and then what comes after the name. */
function plain(items: ReadonlyMap<string, Item>, after?: string): readonly Item[] {
  return [...items.values()]
    .filter(({ name }) => after === undefined || name > after)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function assertSame(order: Ordered<Item>, items: ReadonlyMap<string, Item>, names: readonly string[]): void {
  assert.equal(order.size, items.size);
  assert.deepEqual([...order], plain(items));
  for (const name of names) {
    assert.equal(order.get(name), items.get(name));
    assert.equal(order.has(name), items.has(name));
    assert.deepEqual([...order.after(name)], plain(items, name));
  }
}

/** Few names, so that they meet; with signs that sort differently by code unit, by code point and by locale. */
const Name = fc.oneof(
  fc.string({ maxLength: 2 }),
  fc.constantFrom("a", "B", "b", "é", "", "\uffff", "\ud83d\ude00"),
);
const Step = fc.record({ deletes: fc.boolean(), name: Name });

test("ordered: after any inserts, replacements and deletions, as filter and sort have it", () => {
  fc.assert(
    fc.property(fc.array(Step, { maxLength: 60 }), fc.array(Name, { maxLength: 6 }), (steps, names) => {
      const order = new Ordered(nameOf);
      const items = new Map<string, Item>();
      for (const [value, { deletes, name }] of steps.entries()) {
        if (deletes) assert.equal(order.delete(name), items.delete(name));
        else {
          const item = { name, value };
          order.set(item);
          items.set(name, item);
        }
      }
      assertSame(order, items, [...names, ...steps.map(({ name }) => name)]);
    }),
  );
});

for (const [how, numbers] of [
  ["growing", (count: number) => Array.from({ length: count }, (_, index) => index)],
  ["falling", (count: number) => Array.from({ length: count }, (_, index) => count - index)],
  ["scattered", (count: number) => Array.from({ length: count }, (_, index) => (index * 7919) % 5003)],
] as const) {
  test(`ordered: names that come ${how}, more than one array holds, and half of them gone again`, () => {
    const items = new Map<string, Item>();
    for (const value of numbers(5003)) {
      const name = String(value).padStart(5, "0");
      items.set(name, { name, value });
    }
    const order = new Ordered(nameOf, items.values());
    const asked = ["", "00000", "00511", "00512", "00513", "02500.5", "05002", "05003", "9"];
    assertSame(order, items, asked);
    for (const [index, name] of [...items.keys()].entries()) {
      if (index % 2 === 1) continue;
      assert.equal(order.delete(name), true);
      assert.equal(order.delete(name), false);
      items.delete(name);
    }
    assertSame(order, items, asked);
    for (const name of items.keys()) order.delete(name);
    assertSame(order, new Map(), asked);
  });
}
