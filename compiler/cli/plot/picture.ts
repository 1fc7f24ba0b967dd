/** How does an SVG become a PNG, the same on every machine? */
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { bytes as greek } from "bytes:@fontsource/inter/files/inter-greek-400-normal.woff2";
import { bytes as latin } from "bytes:@fontsource/inter/files/inter-latin-400-normal.woff2";
import { bytes as latinBold } from "bytes:@fontsource/inter/files/inter-latin-600-normal.woff2";
import { bytes as renderer } from "bytes:@resvg/resvg-wasm/index_bg.wasm";

let ready: Promise<void> | null = null;

/** `scale` pixels per unit: 2 is sharp on a screen, 4 in print. */
export async function toPng(svg: string, scale = 2): Promise<Uint8Array> {
  ready ??= initWasm(renderer);
  await ready;
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers: [latin, latinBold, greek], defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  });
  const png = picture.render().asPng();
  picture.free();
  return png;
}
