import path from 'node:path';

/** Arguments of node with which a process keeps and finds what V8 has compiled of its modules. */
export const CODE_CACHE: readonly string[] = ['-r', path.join(__dirname, 'codeCache.cjs')];

/** Arguments of node with which a child process runs a TypeScript file. */
export const TYPESCRIPT: readonly string[] = [...CODE_CACHE, '-r', path.join(__dirname, 'typescript.cjs')];
