/** What is thrown for bad configuration. The command line ends with exit code 2. */

/** The message names the key, the rule, and what to write instead. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
