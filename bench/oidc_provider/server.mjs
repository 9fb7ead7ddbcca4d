// The certified Node provider with a Redis adapter, set up for the same work as ours: one confidential client for each ID token algorithm, a live
// session, no consent page, PKCE, rotating refresh tokens, people who sign in with a name and a password. Prints the session cookie when it listens.
import argon2 from "argon2";
import Redis from "ioredis";
import { parse } from "node:querystring";
import Provider, { errors } from "oidc-provider";

const port = Number(process.argv[2]);
const redis = new Redis(process.argv[3], { keyPrefix: "peer:" });
const jwks = JSON.parse(process.argv[4]);
const clients = JSON.parse(process.argv[5]);
const { people, password, memoryCost, timeCost } = JSON.parse(process.argv[6]);
const GRANTABLE = new Set(["AccessToken", "AuthorizationCode", "RefreshToken"]);

class RedisAdapter {
  constructor(name) { this.name = name; }
  key(id) { return `${this.name}:${id}`; }
  async upsert(id, payload, expiresIn) {
    const multi = redis.multi();
    const key = this.key(id);
    if (this.name === "AuthorizationCode" || this.name === "RefreshToken") {
      multi.hset(key, { payload: JSON.stringify(payload) });
      if (expiresIn) multi.expire(key, expiresIn);
    } else if (expiresIn) multi.set(key, JSON.stringify(payload), "EX", expiresIn);
    else multi.set(key, JSON.stringify(payload));
    if (GRANTABLE.has(this.name) && payload.grantId) {
      multi.rpush(`grant:${payload.grantId}`, key);
      if (expiresIn) multi.expire(`grant:${payload.grantId}`, expiresIn);
    }
    if (payload.uid) multi.set(`uid:${payload.uid}`, id, "EX", expiresIn || 3600);
    await multi.exec();
  }
  async find(id) {
    const key = this.key(id);
    if (this.name === "AuthorizationCode" || this.name === "RefreshToken") {
      const data = await redis.hgetall(key);
      if (!data.payload) return undefined;
      const { payload, ...rest } = data;
      return { ...rest, ...JSON.parse(payload) };
    }
    const data = await redis.get(key);
    return data ? JSON.parse(data) : undefined;
  }
  async findByUid(uid) { const id = await redis.get(`uid:${uid}`); return id ? this.find(id) : undefined; }
  async findByUserCode() { return undefined; }
  async consume(id) { await redis.hset(this.key(id), "consumed", Math.floor(Date.now() / 1000)); }
  async destroy(id) { await redis.del(this.key(id)); }
  async revokeByGrantId(grantId) {
    const keys = await redis.lrange(`grant:${grantId}`, 0, -1);
    await redis.del(`grant:${grantId}`, ...keys);
  }
}

const RESOURCES = {
  "https://api.example/es256": { scope: "api:read", accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } },
  "https://api.example/rs256": { scope: "api:read", accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: RedisAdapter,
  jwks,
  clients,
  claims: { openid: ["sub"], profile: ["name"] },
  scopes: ["openid", "profile", "offline_access", "api:read"],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(ctx, resource) {
        if (!RESOURCES[resource]) throw new errors.InvalidTarget();
        return RESOURCES[resource];
      },
    },
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async () => true,
  ttl: { AccessToken: 300, AuthorizationCode: 60, ClientCredentials: 300, IdToken: 300, RefreshToken: 86400, Session: 86400, Grant: 86400 },
  findAccount: async (ctx, id) => ({ accountId: id, claims: async () => ({ sub: id, name: "Nguyễn Thị Minh Khai" }) }),
  async loadExistingGrant(ctx) {
    const known = ctx.oidc.session.grantIdFor(ctx.oidc.client.clientId);
    if (known) return ctx.oidc.provider.Grant.find(known);
    const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
    grant.addOIDCScope("openid profile offline_access");
    await grant.save();
    return grant;
  },
});

// A page for the name and the password, and their check: one look-up and one hash.
const hash = await argon2.hash(password, { type: argon2.argon2id, memoryCost, timeCost, parallelism: 1 });
for (const name of people) await redis.set(`person:${name}`, JSON.stringify({ id: `id-${name}`, hash }));

const page = (uid, words) => `<!doctype html><html lang="vi"><meta charset="utf-8"><title>Đăng nhập</title><h1>Đăng nhập</h1><p>${words}</p>
<form method="post" action="/interaction/${uid}/login"><input name="login" type="text"><input name="password" type="password"><button>Đăng nhập</button></form></html>`;

function body(request) {
  return new Promise((resolve, reject) => {
    let text = "";
    request.on("data", (part) => { text += part; });
    request.on("end", () => resolve(parse(text)));
    request.on("error", reject);
  });
}

provider.use(async (ctx, next) => {
  const found = ctx.path.match(/^\/interaction\/([^/]+)(\/login)?$/);
  if (!found) return next();
  const { uid } = await provider.interactionDetails(ctx.req, ctx.res);
  ctx.set("Cache-Control", "no-store");
  ctx.type = "html";
  if (ctx.method !== "POST") { ctx.body = page(uid, ""); return; }
  const form = await body(ctx.req);
  const person = JSON.parse(await redis.get(`person:${form.login}`));
  if (!person || !(await argon2.verify(person.hash, form.password))) { ctx.status = 403; ctx.body = page(uid, "Sai tên hoặc mật khẩu"); return; }
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: person.id } });
});

const session = new provider.Session();
session.loginAccount({ accountId: "citizen" });
await session.save(86400);
provider.listen(port, "127.0.0.1", () => console.log(`READY _session=${session.jti}`));
