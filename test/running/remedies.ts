/** What a message of a refusal has to have beside its rule: what to do about it. */

/** Words with which a remedy begins, in the imperative. */
const REMEDY = new RegExp(
  String.raw`(?:^|[;:,.(] +|\band |\bor |\bso |\bthen |\bto )(?:` +
    "add|append|ask|exchange|do|bind|bring|build|call|change|check|choose|compare|compile|convert|copy|correct|count|create|declare|" +
    "delegate|delete|deploy|derive|enable|encode|export|fill|get|give|go|have|import|install|keep|leave|let|lift|list|look|make|mend|move|" +
    "name|pay|prefer|put|read|register|remove|rename|repeat|restart|retry|rotate|run|see|send|set|sign|skip|split|start|state|" +
    String.raw`stay|stop|take|try|unseal|unset|upload|use|wait|write)\b`,
  "i",
);

/** Rules that say by themselves what would be right. */
const PLAIN = new RegExp(
  String.raw`\b(?:must|needs?|required|missing|twice|no more than|at most|instead of|` +
    String.raw`(?:more|longer|larger) than|did you mean|belongs? to|known are|must be one of)\b|` +
    String.raw`is not (?:JSON|UTF-8|one of)|neither .* nor`,
);

/** True where the text has a remedy. */
export function says(text: string): boolean {
  return REMEDY.test(text);
}

/** True where the rule itself says what would be right, as "must be below 2^64" does. */
export function saysItPlainly(text: string): boolean {
  return PLAIN.test(text);
}
