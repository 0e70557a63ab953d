// Reads lines of JSON from a file ({"op":"encrypt"|"decrypt", …}) and writes one answer a line. With the
// platform's own package on this side, the daemon's cryptography meets a stranger's.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { decrypt, encrypt, getSignature } = require('@wecom/crypto');

// argv: requests file, answers file.
const [, , input, output] = process.argv;
const answers = [];
for (const line of readFileSync(input, 'utf8').split('\n')) {
  if (line === '') continue;
  const r = JSON.parse(line);
  if (r.op === 'encrypt') {
    const cipher = encrypt(r.key, r.message, r.id);
    answers.push({ cipher, signature: getSignature(r.token, r.timestamp, r.nonce, cipher) });
  } else {
    const { message, id } = decrypt(r.key, r.cipher);
    const signature = getSignature(r.token, r.timestamp, r.nonce, r.cipher);
    answers.push({ message, id, signature });
  }
}
writeFileSync(output, answers.map((a) => JSON.stringify(a)).join('\n') + '\n');
