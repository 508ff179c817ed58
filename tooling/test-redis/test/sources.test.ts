import { describe, expect, test } from 'vitest'
import { librariesToInstall } from '../src/debian-packages.js'
import { cacheFolder, isDebianLike, releaseName } from '../src/debian-source.js'
import { dockerAddresses, dockerAnswers } from '../src/docker-engine.js'
import { pathSource } from '../src/path-source.js'
import { tooOld } from '../src/redis-version.js'
import { urlSource } from '../src/url-source.js'

test('a version below 6.2 is too old, a newer one or a Valkey is not', () => {
  expect(tooOld('Redis server v=6.0.16 sha=00000000:0')).toBe(true)
  expect(tooOld('Redis server v=6.2.0 sha=00000000:0')).toBe(false)
  expect(tooOld('Redis server v=7.0.15 sha=00000000:0')).toBe(false)
  expect(tooOld('Valkey server v=8.1.1 sha=00000000:0')).toBe(false)
})

test('a PATH without a server says so', async () => {
  expect(await pathSource({ PATH: import.meta.dirname }).attempt()).toEqual({
    unavailable: 'no redis-server or valkey-server on the PATH',
  })
})

test('a URL at which nothing answers is an error that names the variable', async () => {
  await expect(urlSource('redis://127.0.0.1:1').attempt()).rejects.toThrow(/GOSCHEDS_TEST_REDIS_URL names 127.0.0.1:1/)
})

describe('Docker', () => {
  test('is asked only where the user says', async () => {
    expect(dockerAddresses({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).toEqual(['tcp://127.0.0.1:1'])
    expect(await dockerAnswers({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).toBe(false)
  })

  test('is asked at its usual sockets otherwise', () => {
    expect(dockerAddresses({ XDG_RUNTIME_DIR: '/run/user/1' })).toContain('unix:///run/user/1/docker.sock')
  })
})

describe('Debian', () => {
  const ubuntu = 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n'

  test('is known by its release file', () => {
    expect(isDebianLike(ubuntu)).toBe(true)
    expect(isDebianLike('ID=debian\n')).toBe(true)
    expect(isDebianLike('ID=linuxmint\nID_LIKE="ubuntu debian"\n')).toBe(true)
    expect(isDebianLike('ID=fedora\nID_LIKE="rhel"\nNAME="not debian"\n')).toBe(false)
    expect(isDebianLike('')).toBe(false)
  })

  test('gets a folder of its own per release', () => {
    expect(releaseName(ubuntu)).toBe('ubuntu-24.04')
    expect(releaseName('ID=debian\nPRETTY_NAME="Debian sid"\n')).toBe('debian-unknown')
  })

  test('keeps its downloads where the user says', () => {
    expect(cacheFolder({ GOSCHEDS_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a')
    expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/goscheds')
  })

  test('fetches the libraries that the system lacks, and no services', () => {
    const simulated =
      'Inst liblua5.1-0 (5.1 Debian:12)\nInst redis-tools (7)\nInst lua-cjson (2)\nConf liblua5.1-0 (5.1)\n'
    expect(librariesToInstall(simulated)).toEqual(['liblua5.1-0', 'lua-cjson'])
  })
})
