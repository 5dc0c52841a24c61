/**
 * The picture in ARCHITECTURE.md, drawn from the imports that are there, and its list of rooms, from their head pages:
 * `npm run picture` writes both, a test compares. A room is one level above the highest room that it imports, and only what
 * no other line says already is drawn as a line.
 * @module
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FILES, layerOf, read, resolve, specifiersOf, SRC } from "./imports.ts";

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

export const PAGE = join(import.meta.dirname, "../ARCHITECTURE.md");
const BEGIN = "<!-- picture: written by `npm run picture` -->";
const END = "<!-- /picture -->";

/** The chains are alike, and all of them know one file of the folder around them: so these are rooms of the picture. */
function roomOf(file: string): string {
  if (file === "chains/adapter.ts") return file;
  return layerOf(file).replace(/^chains\/.*/, "chains/NAME");
}

/** Which rooms each room imports, types included. */
export function rooms(): Graph {
  const graph = new Map<string, Set<string>>();
  for (const file of FILES) {
    const room = roomOf(file);
    const below = graph.get(room) ?? new Set();
    graph.set(room, below);
    for (const specifier of specifiersOf(file).filter((name) => name.startsWith("."))) {
      const target = roomOf(resolve(file, specifier));
      if (target !== room) below.add(target);
    }
  }
  return graph;
}

/** The level of each room; 0 is of those that import nothing. */
export function levelsOf(graph: Graph): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  const levelOf = (room: string, above: readonly string[]): number => {
    if (above.includes(room)) throw new Error(`rooms import each other: ${[...above, room].join(" → ")}`);
    const below = [...(graph.get(room) ?? [])].map((next) => levelOf(next, [...above, room]));
    const level = levels.get(room) ?? Math.max(-1, ...below) + 1;
    levels.set(room, level);
    return level;
  };
  for (const room of graph.keys()) levelOf(room, []);
  return levels;
}

/** All rooms that are reached from `room`, itself left out. */
function reached(graph: Graph, room: string): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...(graph.get(room) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(graph.get(next) ?? []));
  }
  return found;
}

/** The same graph without the imports that go the long way round as well. */
export function reduced(graph: Graph): Graph {
  return new Map(
    [...graph].map(([room, below]) => {
      const indirect = new Set([...below].flatMap((next) => [...reached(graph, next)]));
      return [room, new Set([...below].filter((next) => !indirect.has(next)))];
    }),
  );
}

/** Mermaid, from the top level down. */
export function picture(graph: Graph): string {
  const levels = levelsOf(graph);
  const lines = reduced(graph);
  const down = [...new Set(levels.values())].toSorted((a, b) => b - a);
  const drawn = down.flatMap((level) => {
    const here = [...graph.keys()].filter((room) => levels.get(room) === level).toSorted();
    return [`  %% level ${level}`, ...here.map((room) => `  ${nameOf(room)}["${room}"]`)];
  });
  const drawnLines = down.flatMap((level) => {
    const here = [...graph.keys()].filter((room) => levels.get(room) === level).toSorted();
    return here.flatMap((room) => {
      const below = [...(lines.get(room) ?? [])].toSorted();
      return below.length === 0 ? [] : [`  ${nameOf(room)} --> ${below.map(nameOf).join(" & ")}`];
    });
  });
  return ["flowchart TD", ...drawn, ...drawnLines].join("\n");
}

/** Mermaid takes no slash, dot or hyphen in a name. */
function nameOf(room: string): string {
  return room.replaceAll(/[^a-zA-Z]/g, "_");
}

/** A row for each room with a head page: its first sentence, from the top level down. */
export function list(graph: Graph): string {
  const levels = levelsOf(graph);
  const pages = globSync(["*/README.md", "chains/*/README.md"], { cwd: SRC });
  const levelOf = (page: string): number => levels.get(roomOf(page)) ?? 0;
  const rows = pages
    .toSorted((a, b) => levelOf(b) - levelOf(a) || (a < b ? -1 : 1))
    .map((page) => `| [${dirname(page)}](src/${page}) | ${sentenceOf(page)} |`);
  return ["| room | what it does |", "| --- | --- |", ...rows].join("\n");
}

/** What the first paragraph of a head page says, up to its first full stop. */
function sentenceOf(page: string): string {
  const [, paragraph = ""] = read(page).split("\n\n");
  const text = paragraph.replaceAll("\n", " ");
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text;
}

/** The page with the picture and the list of today between its marks. */
export function withPicture(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`${PAGE}: the marks of the picture are gone`);
  const graph = rooms();
  const drawn = ["```mermaid", picture(graph), "```", "", list(graph)].join("\n");
  return `${before}${BEGIN}\n\n${drawn}\n\n${END}${after}`;
}

if (import.meta.main) writeFileSync(PAGE, withPicture(readFileSync(PAGE, "utf8")));
