import { ApiFailure } from './failure';
import type { UploadedFile } from './params';

/**
 * A multipart/form-data body into fields and files (RFC 7578). Written out because the parser in Node's fetch refuses
 * what grammY sends: it writes `content-disposition:form-data;name="…"` without the blanks that parser insists on.
 *
 * @throws ApiFailure 400 when the body doesn't match its own boundary
 */
export function parseMultipart(
  body: Buffer,
  contentType: string,
): { fields: Record<string, string>; files: Map<string, UploadedFile> } {
  const fields: Record<string, string> = {};
  const files = new Map<string, UploadedFile>();
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  const delimiter = Buffer.from(`--${boundary?.[1] ?? boundary?.[2] ?? ''}`);
  let at = body.indexOf(delimiter);
  if (!boundary || at < 0) throw new ApiFailure(400, "Bad Request: can't parse multipart request");
  for (;;) {
    const begin = at + delimiter.length;
    if (body.subarray(begin, begin + 2).toString('latin1') === '--') return { fields, files };
    const headerEnd = body.indexOf('\r\n\r\n', begin);
    const next = body.indexOf(Buffer.concat([Buffer.from('\r\n'), delimiter]), headerEnd + 2);
    if (headerEnd < 0 || next < 0) throw new ApiFailure(400, "Bad Request: can't parse multipart request");
    const headers = body.subarray(begin, headerEnd).toString('utf8');
    const name = /[;\s]name="([^"]*)"/i.exec(headers)?.[1] ?? '';
    const filename = /filename\*?="?(?:utf-8'')?([^"\r\n;]*)/i.exec(headers)?.[1];
    // The content of an empty part begins at the line break of the next delimiter.
    const content = body.subarray(headerEnd + 4, Math.max(next, headerEnd + 4));
    if (filename === undefined) fields[name] = content.toString('utf8');
    else
      files.set(name, {
        name: filename,
        mimeType: /content-type:\s*([^\r\n;]+)/i.exec(headers)?.[1]?.trim() ?? '',
        bytes: Buffer.from(content),
      });
    at = next + 2;
  }
}
