/** What do files that are not code look like to code? See build/embed.mjs, which makes these modules. */

/** The texts of a folder of this repository, by file name: `import { texts } from "text:compiler/std/*.sde"`. */
declare module "text:*" {
  export const texts: Readonly<Record<string, string>>;
}

/** A file of an installed package: `import { bytes } from "bytes:@resvg/resvg-wasm/index_bg.wasm"`. */
declare module "bytes:*" {
  export const bytes: Uint8Array;
}
