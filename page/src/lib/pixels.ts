/** Pictures to pixels and back, by the browser's canvas. */

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser draws no pictures.");
  return [canvas, context];
}

/** RGBA pixels of a picture, stretched to a size. Throws when it cannot be read. */
export async function pixelsOf(
  address: string,
  width: number,
  height: number,
): Promise<Uint8ClampedArray> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const [, context] = canvasOf(width, height);
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

/** A PNG of RGBA pixels. */
export async function pngOf(
  pixels: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
): Promise<Blob> {
  const [canvas, context] = canvasOf(width, height);
  context.putImageData(new ImageData(pixels, width, height), 0, 0);
  return await new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("No picture was made."))),
      "image/png",
    );
  });
}
