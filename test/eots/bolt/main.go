// Makes eots.db files of several shapes with bbolt itself, each beside a JSON list of the records that it holds.
package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

// record is what one entry of signRecord says, in the forms that the test compares.
type record struct {
	ChainID   string `json:"chainId"`
	PublicKey string `json:"publicKey"`
	Height    string `json:"height"`
	Message   string `json:"message"`
	Signature string `json:"signature"`
	Millis    int64  `json:"millis"`
}

var names, records = []byte("fpKeyNames"), []byte("signRecord")

func filled(size int, seed int) []byte {
	bytes := make([]byte, size)
	state := uint64(seed)*0x9e3779b97f4a7c15 + 1
	for index := range bytes {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		bytes[index] = byte(state)
	}
	return bytes
}

// entry is one sign record as eotsd stores it: key and value.
func entry(chain string, key int, height uint64, messageSize int) ([]byte, []byte, record) {
	publicKey := filled(32, key+1)
	seed := int(height%1_000_003)*7 + key
	message := filled(messageSize, seed)
	signature := filled(32, seed+1)
	millis := int64(1_700_000_000_000) + int64(height%1_000_000)
	place := append([]byte(chain), publicKey...)
	place = binary.BigEndian.AppendUint64(place, height)
	var value []byte
	if messageSize > 0 {
		value = append(value, 0x0a)
		value = binary.AppendUvarint(value, uint64(messageSize))
		value = append(value, message...)
	}
	value = append(value, 0x12, 32)
	value = append(value, signature...)
	value = append(value, 0x18)
	value = binary.AppendUvarint(value, uint64(millis))
	return place, value, record{
		hex.EncodeToString([]byte(chain)), hex.EncodeToString(publicKey), fmt.Sprint(height),
		hex.EncodeToString(message), hex.EncodeToString(signature), millis,
	}
}

type putter = func(tx *bolt.Tx, chain string, key int, height uint64, size int)
type deleter = func(tx *bolt.Tx, chain string, key int, height uint64)

// shape fills a new store, in as many transactions as it likes.
type shape struct {
	options *bolt.Options
	fill    func(db *bolt.DB, put putter, del deleter)
}

func update(db *bolt.DB, work func(tx *bolt.Tx)) {
	check(db.Update(func(tx *bolt.Tx) error { work(tx); return nil }))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// heights puts votes of 40 bytes, a transaction for every `each` of them.
func heights(db *bolt.DB, put putter, chain string, key int, from, to uint64, each uint64) {
	for at := from; at < to; at += each {
		update(db, func(tx *bolt.Tx) {
			for height := at; height < min(at+each, to); height++ {
				put(tx, chain, key, height, 40)
			}
		})
	}
}

var synced = &bolt.Options{PageSize: 4096}
var lazy = &bolt.Options{PageSize: 4096, NoFreelistSync: true, FreelistType: bolt.FreelistMapType}

var shapes = map[string]shape{
	"empty":  {synced, func(*bolt.DB, putter, deleter) {}},
	"inline": {lazy, func(db *bolt.DB, put putter, _ deleter) { heights(db, put, "bbn-1", 0, 7, 12, 1) }},
	"fixture": {&bolt.Options{PageSize: 1024}, func(db *bolt.DB, put putter, del deleter) {
		heights(db, put, "bbn-1", 0, 1, 18, 6)
		heights(db, put, "", 1, 1, 4, 3)
		update(db, func(tx *bolt.Tx) {
			put(tx, "bbn-1", 0, 1<<64-1, 1500)
			put(tx, "bbn-1", 0, 100, 0)
			put(tx, "\xff\xfe chain", 1, 1<<53+1, 32)
			del(tx, "bbn-1", 0, 5)
		})
	}},
	"branches": {synced, func(db *bolt.DB, put putter, _ deleter) {
		heights(db, put, "bbn-1", 0, 0, 12_000, 1000)
		heights(db, put, "bbn-test-5", 0, 0, 2000, 2000)
		heights(db, put, "bbn-test-5", 1, 1<<40, 1<<40+2000, 700)
	}},
	"lazy": {lazy, func(db *bolt.DB, put putter, _ deleter) { heights(db, put, "bbn-1", 3, 0, 8000, 640) }},
	"overflow": {synced, func(db *bolt.DB, put putter, _ deleter) {
		update(db, func(tx *bolt.Tx) {
			for height := uint64(0); height < 60; height++ {
				put(tx, "bbn-1", 0, height, int(height)*137)
			}
		})
	}},
	"deleted": {synced, func(db *bolt.DB, put putter, del deleter) {
		heights(db, put, "bbn-1", 0, 0, 8000, 2000)
		for from := uint64(1000); from < 7000; from += 1700 {
			update(db, func(tx *bolt.Tx) {
				for height := from; height < from+1400; height++ {
					del(tx, "bbn-1", 0, height)
				}
			})
		}
		heights(db, put, "bbn-1", 0, 3000, 3020, 7)
	}},
	"emptied": {synced, func(db *bolt.DB, put putter, del deleter) {
		heights(db, put, "bbn-1", 0, 0, 3000, 1000)
		update(db, func(tx *bolt.Tx) {
			for height := uint64(0); height < 3000; height++ {
				del(tx, "bbn-1", 0, height)
			}
		})
	}},
	"unknown": {synced, func(db *bolt.DB, _ putter, _ deleter) {
		update(db, func(tx *bolt.Tx) {
			_, err := tx.CreateBucket([]byte("signRecordV2"))
			check(err)
		})
	}},
	"nested": {synced, func(db *bolt.DB, put putter, _ deleter) {
		heights(db, put, "bbn-1", 0, 0, 3, 3)
		update(db, func(tx *bolt.Tx) {
			_, err := tx.Bucket(records).CreateBucket([]byte("more"))
			check(err)
		})
	}},
	"largePages": {&bolt.Options{PageSize: 16384}, func(db *bolt.DB, put putter, _ deleter) {
		heights(db, put, "bbn-1", 0, 0, 4000, 300)
	}},
}

func main() {
	folder := os.Args[1]
	wanted := os.Args[2:]
	for name, shape := range shapes {
		if len(wanted) > 0 && wanted[0] != name {
			continue
		}
		held := map[string]record{}
		path := filepath.Join(folder, name+".db")
		db, err := bolt.Open(path, 0o600, shape.options)
		check(err)
		update(db, func(tx *bolt.Tx) {
			bucket, err := tx.CreateBucketIfNotExists(names)
			check(err)
			check(bucket.Put(filled(32, 1), []byte("finality-provider")))
			_, err = tx.CreateBucketIfNotExists(records)
			check(err)
		})
		shape.fill(db, func(tx *bolt.Tx, chain string, key int, height uint64, size int) {
			place, value, one := entry(chain, key, height, size)
			check(tx.Bucket(records).Put(place, value))
			held[string(place)] = one
		}, func(tx *bolt.Tx, chain string, key int, height uint64) {
			place, _, _ := entry(chain, key, height, 1)
			check(tx.Bucket(records).Delete(place))
			delete(held, string(place))
		})
		// As eotsd's backup does: a copy made inside a transaction.
		check(db.View(func(tx *bolt.Tx) error { return tx.CopyFile(filepath.Join(folder, name+"-copy.db"), 0o600) }))
		check(db.Close())
		list := make([]record, 0, len(held))
		for _, one := range held {
			list = append(list, one)
		}
		text, err := json.Marshal(list)
		check(err)
		check(os.WriteFile(filepath.Join(folder, name+".json"), text, 0o600))
	}
}
