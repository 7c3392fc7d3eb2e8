// Photographs on the device: drawn anew, so that nothing but the picture is left of them; the
// server takes out what is left once more.
import { sha256 } from "./queue.js";

/** The longest side of a photograph that is kept, in pixels: enough to read a sign, quick to send. */
const LONGEST = 2560;
const QUALITY = 0.85;
const PREVIEW = 120;

export class Unreadable extends Error {}

/** A photograph as it will be sent: { bytes, type, name, size, sha256 }. */
export async function prepare(file, question, place) {
  const { keep_location: keep, types, megabytes } = question.kind;
  const picture = file.type.startsWith("image/") || /\.(jpe?g|png|webp|heic|heif)$/i.test(file.name);
  if (!picture && types === "photographs") throw new Unreadable(`‘${file.name}’ is not a photograph.`);
  let bytes;
  let { type, name } = file;
  if (picture && !keep) {
    bytes = await redrawn(file);
    type = "image/jpeg";
    name = `photograph-${place}.jpg`;
  } else {
    bytes = await file.arrayBuffer();
  }
  if (bytes.byteLength === 0) throw new Unreadable(`‘${file.name}’ is empty.`);
  if (bytes.byteLength > megabytes * 1_000_000) throw new Unreadable(`‘${file.name}’ must be smaller than ${megabytes} MB.`);
  return { bytes, type, name, size: bytes.byteLength, sha256: await sha256(bytes) };
}

async function redrawn(file) {
  let image;
  try {
    image = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Unreadable(`‘${file.name}’ cannot be read on this device. Set the camera to JPEG and take it again.`);
  }
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  if (!blob) throw new Unreadable(`‘${file.name}’ is too large for this device.`);
  return blob.arrayBuffer();
}

/** A small picture of a photograph; nothing where it cannot be drawn. */
export async function preview(bytes, name) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  try {
    const image = await createImageBitmap(new Blob([bytes]));
    const scale = Math.min(1, PREVIEW / Math.max(image.width, image.height));
    canvas.width = Math.max(1, Math.round(image.width * scale));
    canvas.height = Math.max(1, Math.round(image.height * scale));
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    return canvas;
  } catch {
    return null;
  }
}
