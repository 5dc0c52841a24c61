/** Where and when a bench ran: without this its figures mean nothing. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** Lines of a Markdown list. */
export function machineLines(): string[] {
  const model = cpus()[0]?.model ?? "unknown";
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `- Date: ${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `- CPU: ${model.replaceAll(/\s+/g, " ").trim()}, ${availableParallelism()} cores; ${memory} GiB memory`,
    `- System: ${type()} ${release()}, ${process.arch}; Node ${process.version}`,
    `- Load average at the start: ${loadavg()
      .map((average) => average.toFixed(2))
      .join(", ")}`,
  ];
}
