import path from 'node:path';

/** Arguments of node with which a child process runs a TypeScript file. */
export const TYPESCRIPT: readonly string[] = ['-r', path.join(__dirname, 'typescript.cjs')];
