// One whole sign-in with npm's oauth4webapi: discovery, PKCE, code, ID token, UserInfo, refresh, introspection,
// revocation, then a step-up and the address of a sign-out. It prints each address to open, reads where the browser ended
// from standard input, and at last prints what it knows.
import { createInterface } from 'node:readline/promises'
import * as oauth from 'oauth4webapi'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, LANDING, SCOPE, ACR } = process.env
const options = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(ISSUER)
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
const client = { client_id: CLIENT_ID }
const authentication = oauth.ClientSecretBasic(CLIENT_SECRET)

const lines = createInterface({ input: process.stdin })
const answers = lines[Symbol.asyncIterator]()

async function signIn(wishes) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const nonce = oauth.generateRandomNonce()
  const address = new URL(server.authorization_endpoint)
  const request = {
    client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, response_type: 'code', scope: SCOPE, state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...wishes,
  }
  for (const [name, value] of Object.entries(request)) address.searchParams.set(name, value)
  console.log(address.href)
  const landed = new URL((await answers.next()).value)
  const parameters = oauth.validateAuthResponse(server, client, landed, state)
  const answer = await oauth.authorizationCodeGrantRequest(server, client, authentication, parameters, REDIRECT_URI, verifier, options)
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, { expectedNonce: nonce, requireIdToken: true })
  await oauth.validateApplicationLevelSignature(server, answer, options)
  return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

const { tokens, claims } = await signIn({})
const shown = await oauth.userInfoRequest(server, client, tokens.access_token, options)
const userInfo = await oauth.processUserInfoResponse(server, client, claims.sub, shown)
const again = await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, options)
const renewed = await oauth.processRefreshTokenResponse(server, client, again)
const asked = await oauth.introspectionRequest(server, client, authentication, renewed.access_token, options)
const seen = await oauth.processIntrospectionResponse(server, client, asked)
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authentication, renewed.refresh_token, options))
const dead = await oauth.refreshTokenGrantRequest(server, client, authentication, renewed.refresh_token, options)
const stronger = await signIn({ acr_values: ACR })
const leave = new URL(server.end_session_endpoint)
leave.searchParams.set('id_token_hint', stronger.tokens.id_token)
leave.searchParams.set('post_logout_redirect_uri', LANDING)
console.log(leave.href)
const left = (await answers.next()).value
lines.close()
console.log(JSON.stringify({ steppedUp: stronger.claims, left, claims, userInfo, active: seen.active, refreshed: renewed.refresh_token !== tokens.refresh_token, afterRevocation: dead.status }))
