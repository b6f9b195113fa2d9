// Verifies a token by the keys of one `typ` alone, as an application does:
//   node verify.mjs JWKS TYP AUDIENCE TOKEN
// prints the claims; fails where the token is another one.
import { readFileSync } from 'node:fs';
import { createLocalJWKSet, jwtVerify } from 'jose';

const [file, typ, audience, token] = process.argv.slice(2);
const { keys } = JSON.parse(readFileSync(file));
const set = createLocalJWKSet({ keys: keys.filter((key) => key.typ === typ) });
const options = { typ, algorithms: ['EdDSA'], audience: audience || undefined };
const { payload } = await jwtVerify(token, set, options);
console.log(JSON.stringify(payload));
