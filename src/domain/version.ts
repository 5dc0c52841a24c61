/** Version of this release, as status and the OpenAPI document show it. It must be the one in package.json. */
export const VERSION = "0.1.0";
