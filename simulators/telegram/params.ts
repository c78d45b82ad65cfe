import { badRequest } from './failure';

export interface UploadedFile {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/**
 * The parameters of one call, whatever way they came. JSON callers send numbers and objects, form callers send strings
 * holding JSON; Telegram takes both, so every reader below does too.
 */
export class Params {
  constructor(
    private readonly values: Record<string, unknown>,
    readonly files: ReadonlyMap<string, UploadedFile> = new Map(),
  ) {}

  has(name: string): boolean {
    const value = this.values[name];
    return value !== undefined && value !== null && value !== '';
  }

  text(name: string): string {
    const value = this.values[name];
    if (value === undefined || value === null) return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
  }

  flag(name: string): boolean {
    return ['true', '1', 'yes'].includes(this.text(name).toLowerCase());
  }

  integer(name: string, fallback = 0): number {
    const text = this.text(name);
    return /^-?\d+$/.test(text) ? Number(text) : fallback;
  }

  /** A nested object or array; `what` is the name that Telegram's error uses for it. */
  json<T>(name: string, what: string): T | undefined {
    const value = this.values[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') return value as T;
    try {
      return JSON.parse(value) as T;
    } catch {
      throw badRequest(`can't parse ${what} JSON object`);
    }
  }

  /** The upload that a parameter or an `attach://name` reference stands for. */
  upload(name: string, reference = this.text(name)): UploadedFile | undefined {
    return this.files.get(reference.startsWith('attach://') ? reference.slice('attach://'.length) : name);
  }
}
