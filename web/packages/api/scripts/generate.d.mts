export function generate(into?: string): Promise<void>;
