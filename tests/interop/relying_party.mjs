// A relying party on npm's openid-client, configured from discovery alone: issuer, client id, how it authenticates, and
// its own address. Everything else it learns from the provider. Back-channel logout tokens are checked with jose.
//
// It prints one line of JSON when it listens. /me tells what it knows of the person, /failures what went wrong.

import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import * as jose from 'jose'
import * as client from 'openid-client'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, AUTH_METHOD, PRIVATE_JWK, PORT, SCOPE } = process.env
const own = `http://localhost:${PORT}`

async function clientAuthentication() {
  switch (AUTH_METHOD) {
    case 'client_secret_basic': return client.ClientSecretBasic(CLIENT_SECRET)
    case 'client_secret_post': return client.ClientSecretPost(CLIENT_SECRET)
    case 'none': return client.None()
    case 'private_key_jwt': {
      const jwk = JSON.parse(await readFile(PRIVATE_JWK, 'utf8'))
      const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
      return client.PrivateKeyJwt({ key, kid: jwk.kid })
    }
    default: throw new Error(`no such way to authenticate: ${AUTH_METHOD}`)
  }
}

const configuration = await client.discovery(
  new URL(ISSUER), CLIENT_ID, { redirect_uris: [`${own}/callback`] }, await clientAuthentication(),
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
)
const metadata = configuration.serverMetadata()
const keys = jose.createRemoteJWKSet(new URL(metadata.jwks_uri))
const known = { person: null, attempt: null, leaving: null, told: [], failures: [] }

const pages = {
  async '/login'() {
    const verifier = client.randomPKCECodeVerifier()
    known.attempt = { verifier, state: client.randomState(), nonce: client.randomNonce() }
    return to(client.buildAuthorizationUrl(configuration, {
      redirect_uri: `${own}/callback`,
      scope: SCOPE,
      state: known.attempt.state,
      nonce: known.attempt.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }))
  },

  async '/callback'(url) {
    const { verifier, state, nonce } = known.attempt
    const tokens = await client.authorizationCodeGrant(configuration, url, {
      pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true,
    })
    const claims = tokens.claims()
    const userInfo = await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
    const renewed = tokens.refresh_token && await client.refreshTokenGrant(configuration, tokens.refresh_token)
    known.person = {
      claims, userInfo, idToken: tokens.id_token, iss: url.searchParams.get('iss'),
      refreshed: Boolean(renewed?.access_token) && renewed.refresh_token !== tokens.refresh_token,
      refreshToken: renewed?.refresh_token,
    }
    return to(new URL('/me', own))
  },

  async '/me'() {
    return json(known.person ?? { signedOut: true })
  },

  async '/revoke'() {
    await client.tokenRevocation(configuration, known.person.refreshToken)
    try {
      await client.refreshTokenGrant(configuration, known.person.refreshToken)
      return json({ afterRevocation: 'still works' })
    } catch (refusal) {
      return json({ afterRevocation: refusal.error })
    }
  },

  async '/logout'() {
    known.leaving = client.randomState()
    return to(client.buildEndSessionUrl(configuration, {
      id_token_hint: known.person.idToken, post_logout_redirect_uri: `${own}/signed-out`, state: known.leaving,
    }))
  },

  async '/signed-out'(url) {
    if (url.searchParams.get('state') !== known.leaving) throw new Error('the state of the sign-out is another one')
    known.person = null
    return json({ signedOut: true })
  },

  async '/backchannel-logout'(_url, body) {
    const token = new URLSearchParams(body).get('logout_token')
    const { payload } = await jose.jwtVerify(token, keys, {
      issuer: metadata.issuer, audience: CLIENT_ID, typ: 'logout+jwt', requiredClaims: ['iat', 'jti', 'exp'],
    })
    if (!payload.events?.['http://schemas.openid.net/event/backchannel-logout']) throw new Error('no logout event')
    if (payload.nonce !== undefined) throw new Error('a logout token has no nonce')
    known.told.push({ sid: payload.sid, sub: payload.sub })
    if (known.person?.claims.sid === payload.sid) known.person = null
    return { status: 200, headers: { 'Cache-Control': 'no-store' }, body: '' }
  },

  async '/told'() {
    return json(known.told)
  },

  async '/failures'() {
    return json(known.failures)
  },
}

const to = (url) => ({ status: 303, headers: { Location: url.href }, body: '' })
const json = (value) => ({ status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) })

async function readBody(request) {
  let body = ''
  for await (const chunk of request) body += chunk
  return body
}

async function answer(request) {
  const url = new URL(request.url, own)
  const page = pages[url.pathname]
  if (!page) return { status: 404, headers: {}, body: '' }
  try {
    return await page(url, await readBody(request))
  } catch (failure) {
    known.failures.push(`${url.pathname}: ${failure.code ?? failure.name}: ${failure.message} ${failure.cause?.message ?? ''}`)
    return { status: 400, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: known.failures.at(-1) }
  }
}

createServer(async (request, response) => {
  const { status, headers, body } = await answer(request)
  response.writeHead(status, headers).end(body)
}).listen(Number(PORT), '127.0.0.1', () => console.log(JSON.stringify({ listening: own, issuer: metadata.issuer })))
