import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

type Detector = { detect: (image: ImageBitmapSource) => Promise<{ rawValue: string }[]> };
type Native = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats: () => Promise<string[]>;
};

const FORMAT = 'qr_code';

/** The browser's own reader of codes, or ours, whose program is served from here as well. */
export async function newDetector(): Promise<Detector> {
  const native = (globalThis as { BarcodeDetector?: Native }).BarcodeDetector;
  if (native && (await native.getSupportedFormats()).includes(FORMAT)) {
    return new native({ formats: [FORMAT] });
  }
  const { BarcodeDetector, prepareZXingModule } = await import('barcode-detector/ponyfill');
  prepareZXingModule({ overrides: { locateFile: () => wasm } });
  return new BarcodeDetector({ formats: [FORMAT] });
}

/** The text of the first code in a picture. */
export async function codeIn(detector: Detector, image: ImageBitmapSource): Promise<string | null> {
  const [first] = await detector.detect(image);
  return first?.rawValue ?? null;
}
