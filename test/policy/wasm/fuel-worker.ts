/** Worker half of programs.test.ts: runs metered modules at exactly F and F - 1 on its own thread, cold and hot. */
import { parentPort, workerData } from "node:worker_threads";
import { edgeFailures } from "./edges.ts";
import type { EdgeCase } from "./edges.ts";

const { cases, rounds }: { cases: EdgeCase[]; rounds: number } = workerData;
parentPort?.postMessage(cases.flatMap((edge) => edgeFailures(edge, rounds)));
